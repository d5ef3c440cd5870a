#compdef perch
# Completion of perch for zsh: source <(perch completion zsh)
_perch() {
	local line help tab=$'\t'
	local -a described
	while IFS= read -r line; do
		case ${line%%$tab*} in
		:files) _files; return ;;
		:dirs) _files -/; return ;;
		*)
			help=${line#*$tab}
			described+=("${${line%%$tab*}//:/\\:}${help:+:$help}")
			;;
		esac
	done < <(${~words[1]} complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)
	(( $#described )) && _describe -V perch described
}
if [[ ${funcstack[1]} == _perch ]]; then _perch "$@"; else compdef _perch perch; fi
