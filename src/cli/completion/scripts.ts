/** The shells that `completion` supports. */
export const shells = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof shells)[number];

/** The command that the scripts ask for candidates. Each line of its output is `value<tab>description`. */
export const COMPLETE = "__complete";
/** The only line of its output if the shell should complete the path of a file. */
export const FILES = ":files";

const bash = `# Completion of kiro-bridge for bash. Put into ~/.bashrc: source <(kiro-bridge completion bash)
_kiro_bridge() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    [ "$line" = "${FILES}" ] && { COMPREPLY=(); compopt -o default 2>/dev/null; return; }
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(kiro-bridge ${COMPLETE} "--current=\${COMP_WORDS[COMP_CWORD]}" -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
}
complete -F _kiro_bridge kiro-bridge
`;

const zsh = `#compdef kiro-bridge
# Completion of kiro-bridge for zsh. Put into ~/.zshrc after compinit: source <(kiro-bridge completion zsh)
_kiro_bridge() {
  local line
  local -a candidates
  while IFS= read -r line; do
    [[ $line == ${FILES} ]] && { _files; return }
    candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(kiro-bridge ${COMPLETE} "--current=\${words[CURRENT]}" -- "\${(@)words[2,CURRENT-1]}" 2>/dev/null)
  _describe kiro-bridge candidates
}
if [[ \${funcstack[1]} == _kiro_bridge ]]; then _kiro_bridge "$@"; else compdef _kiro_bridge kiro-bridge; fi
`;

const fish = `# Completion of kiro-bridge for fish. Put into config.fish: kiro-bridge completion fish | source
function __kiro_bridge_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l candidates (kiro-bridge ${COMPLETE} "--current=$current" -- $words[2..-1] 2>/dev/null)
  if test "$candidates[1]" = "${FILES}"
    __fish_complete_path "$current"
  else
    string join \\n -- $candidates
  end
end
complete -c kiro-bridge -f -a '(__kiro_bridge_complete)'
`;

const powershell = `# Completion of kiro-bridge for PowerShell. Put into $PROFILE: kiro-bridge completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName kiro-bridge -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { "$_" })
  kiro-bridge ${COMPLETE} "--current=$wordToComplete" -- @words 2>$null | ForEach-Object {
    $value, $description = $_ -split "\`t", 2
    if ($value -ne '${FILES}') {
      if (-not $description) { $description = $value }
      [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
    }
  }
}
`;

export const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish, powershell };
