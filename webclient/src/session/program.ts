const browsers: readonly [RegExp, string][] = [[/Edg\/(\d+)/, "Edge"], [/OPR\/(\d+)/, "Opera"], [/Firefox\/(\d+)/, "Firefox"], [/(?:Headless)?Chrome\/(\d+)/, "Chrome"], [/Version\/(\d+)[\d.]* .*Safari/, "Safari"]];
const systems: readonly [RegExp, string][] = [[/iPhone|iPad/, "iOS"], [/Android/, "Android"], [/Windows/, "Windows"], [/Mac OS X/, "macOS"], [/Linux/, "Linux"]];

/** A program's own words about itself, in short: "Firefox 140, Linux"; others as they are. */
export function programName(agent: string): string {
  for (const [re, name] of browsers) {
    const version = re.exec(agent)?.[1];
    if (!version) continue;
    const system = systems.find(([s]) => s.test(agent))?.[1];
    return `${name} ${version}` + (system ? `, ${system}` : "");
  }
  return agent;
}
