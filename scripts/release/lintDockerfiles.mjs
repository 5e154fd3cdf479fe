// Checks the Dockerfiles of the images, or the files that are named, with dockerfilelint, and fails on any finding. The
// linter's own command takes a name that does not exist for the text of a file, and finds nothing in it.
import { readFileSync } from "node:fs";
import dockerfileLint from "dockerfilelint";

const images = ["docker/bridge/Dockerfile", "docker/editor/Dockerfile"];
const named = process.argv.slice(2);
let count = 0;
for (const file of named.length > 0 ? named : images) {
  for (const { line, rule, title, description } of dockerfileLint.run(".", readFileSync(file, "utf8"))) {
    console.error(`${file}:${line} ${rule}: ${title}. ${description}`);
    count += 1;
  }
}
console.log(count === 0 ? "No findings in the Dockerfiles." : `${count} findings in the Dockerfiles.`);
process.exitCode = count === 0 ? 0 : 1;
