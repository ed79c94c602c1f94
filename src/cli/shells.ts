/** The shells that a script can be made for. */
export const SHELLS = ['bash', 'zsh', 'fish'];

const SCRIPTS: Readonly<Record<string, string>> = {
  // Where nothing is known, bash completes file names.
  bash: `_socialdb() {
  local IFS=$'\\n'
  COMPREPLY=($(socialdb complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _socialdb socialdb
`,
  zsh: `#compdef socialdb
_socialdb() {
  local line word
  local -a found
  for line in "\${(@f)$(socialdb complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    word=\${line%%$'\\t'*}
    [[ -n $word ]] && found+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( $#found )); then _describe socialdb found; else _files; fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
compdef _socialdb socialdb
`,
  fish: `function __socialdb_complete
  set -l found (socialdb complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c socialdb -f -a '(__socialdb_complete)'
`,
};

/** What makes a shell complete socialdb's words. */
export function scriptFor(shell: string): string {
  return SCRIPTS[shell] ?? '';
}
