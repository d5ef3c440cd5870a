# Completion of perch for fish: perch completion fish | source
function __perch_complete
	set -l words (commandline -opc)
	set -l perch $words[1]
	set -e words[1]
	set -l cur (commandline -ct)
	for line in (command $perch complete -- $words "$cur" 2>/dev/null)
		switch $line
			case ':files*'
				__fish_complete_path "$cur"
			case ':dirs*'
				__fish_complete_directories "$cur" ''
			case '*'
				echo $line
		end
	end
end
complete -c perch -f -a '(__perch_complete)'
