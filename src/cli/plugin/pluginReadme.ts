/** Returns the README of a new plugin. */
export function pluginReadme(name: string): string {
  return `# ${name}

A plugin of Kiro Bridge.

| File | Contents |
|---|---|
| \`.claude-plugin/plugin.json\` | the manifest: its name, its topics and methods, and the words that requests for it have |
| \`plugin.mjs\` | its methods and subscriptions |
| \`main.mjs\` | its process |
| \`test/plugin.test.mjs\` | its test, which needs no bridge |

## Try it

\`\`\`sh
npm install
npm test
\`\`\`

## Run it in the editor

Open this folder in a trusted workspace, or link it into \`~/.kiro-bridge/plugins/\`. The editor asks once for each version before it
starts the plugin. Then call it from a terminal:

\`\`\`sh
kiro-bridge exec plugin.${name}.greet --params '[{"who": "Ada"}]'
\`\`\`
`;
}
