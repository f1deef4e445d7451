#!/usr/bin/env bash
# The sources of JavaScript actions in real apps: every one parses when its
# import and export statements are taken out. $NF_CORPUS names a folder; its
# folders `javascriptsource` are looked at, and without any it is skipped.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
corpus="${NF_CORPUS:-$here/../../../shared/corpus}"
: "${NANOFLOW:?the path of the program}"
[ -x "$(dirname "$NANOFLOW")/nanoflow-javascript" ] ||
    { echo "skipped: built without JavaScript"; exit 77; }
[ -d "$corpus" ] || { echo "skipped: no corpus"; exit 77; }
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cat >"$work/app.xml" <<'END'
<app xmlns="urn:nanoflow:app:1" format="1" mendix="10.24.0">
 <ProjectSecurity SecurityLevel="CheckNothing"/>
 <Module Name="Probe">
  <units>
   <JavaScriptAction Name="Parse">
    <Parameters><JavaScriptActionParameter Name="Paths"><ParameterType type="BasicParameterType"><Type type="CodeActions.StringType"/></ParameterType></JavaScriptActionParameter></Parameters>
    <JavaReturnType type="CodeActions.StringType"/>
   </JavaScriptAction>
   <Nanoflow Name="Run" MicroflowReturnType="StringType">
    <ObjectCollection><Objects>
     <MicroflowParameter Name="Paths" VariableType="StringType"/>
     <StartEvent id="start"/>
     <ActionActivity id="parse"><Action type="JavaScriptActionCallAction" JavaScriptAction="Probe.Parse" UseReturnVariable="true" OutputVariableName="R"><ParameterMappings><JavaScriptActionParameterMapping Parameter="Probe.Parse.Paths"><ParameterValue type="BasicCodeActionParameterValue" Argument="$Paths"/></JavaScriptActionParameterMapping></ParameterMappings></Action></ActionActivity>
     <EndEvent id="end" ReturnValue="$R"/>
    </Objects></ObjectCollection>
    <Flows><flow from="start" to="parse"/><flow from="parse" to="end"/></Flows>
   </Nanoflow>
  </units>
 </Module>
</app>
END
files=0 wrong=0
while IFS= read -r folder; do
    rm -rf "$work/javascriptsource"
    cp -RL "$folder" "$work/javascriptsource"
    mkdir -p "$work/javascriptsource/probe/actions"
    # Whatever else is wrong with an action, its own text parses: only what is
    # wrong with that is told with its path and a line.
    cat >"$work/javascriptsource/probe/actions/Parse.js" <<'END'
export async function Parse(Paths) {
    const wrong = [];
    for (const path of Paths.split("\n").filter((p) => p)) {
        try {
            await import("../../" + path);
        } catch (problem) {
            const said = problem.message;
            if (said.startsWith(path + ":") &&
                /^:(\d+| line \d+): /.test(said.slice(path.length)))
                wrong.push(said);
        }
    }
    return wrong.join("\n");
}
END
    (cd "$work/javascriptsource" &&
        find . -mindepth 3 -maxdepth 3 -path './*/actions/*.js' -type f |
        sed 's|^\./||' | grep -v '^probe/' | sort) >"$work/paths"
    files=$((files + $(wc -l <"$work/paths")))
    split -l 200 "$work/paths" "$work/part."
    for part in "$work"/part.*; do
        [ -f "$part" ] || continue
        "$NANOFLOW" run "$work/app.xml" Probe.Run --quiet \
            --arg "Paths=$(cat "$part")" >"$work/out"
        grep -v '^$' "$work/out" && wrong=$((wrong + 1))
        rm "$part"
    done
done < <(find "$corpus" -type d -name javascriptsource -not -path '*/node_modules/*')
[ "$files" -gt 0 ] || { echo "skipped: no sources in the corpus"; exit 77; }
echo "$files sources"
[ "$wrong" -eq 0 ]
