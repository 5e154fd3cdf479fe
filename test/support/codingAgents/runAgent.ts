import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { npmInstall } from "../editor/npmInstall.ts";
import { editorCache } from "../editor/paths.ts";
import { fillOnce } from "../editor/stagedFolder.ts";
import { ProcessGroup } from "../programs/processGroup.ts";
import type { CodingAgent, GatewayAddress } from "./codingAgent.ts";

/** A user of a coding agent: a home folder and a project, in a folder that the caller removes. */
export class AgentUser {
  readonly #agent: CodingAgent;
  readonly #home: string;
  readonly #address: GatewayAddress;
  readonly #program: string;
  /** The folder in which the agent works. */
  readonly project: string;

  private constructor(agent: CodingAgent, folder: string, address: GatewayAddress, program: string) {
    this.#agent = agent;
    this.#home = join(folder, "home");
    this.#address = address;
    this.#program = program;
    this.project = join(folder, "project");
  }

  /** Installs the agent, unless the cache of editors has it, and writes the files of its set-up. */
  static async create(agent: CodingAgent, folder: string, address: GatewayAddress): Promise<AgentUser> {
    const user = new AgentUser(agent, folder, address, join(await install(agent), "node_modules", agent.program()));
    await mkdir(user.project, { recursive: true });
    for (const [file, text] of Object.entries(agent.setup(address).files)) {
      const path = join(user.#home, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
    return user;
  }

  ask(prompt: string): Promise<ProcessGroup> {
    return this.#start(this.#agent.ask(prompt));
  }

  goOn(prompt: string): Promise<ProcessGroup> {
    return this.#start(this.#agent.goOn(prompt));
  }

  /** Starts the agent with nearly no environment, so that nothing of the developer's own set-up reaches it. */
  #start(args: readonly string[]): Promise<ProcessGroup> {
    const isScript = this.#program.endsWith(".js");
    return ProcessGroup.start(isScript ? process.execPath : this.#program, isScript ? [this.#program, ...args] : args, {
      cwd: this.project,
      env: {
        PATH: process.env["PATH"],
        HOME: this.#home,
        USERPROFILE: this.#home,
        TERM: "dumb",
        ...this.#agent.setup(this.#address).env,
      },
    });
  }
}

async function install({ package: name, version }: CodingAgent): Promise<string> {
  const folder = join(editorCache(), "agents", `${name.replaceAll("/", "-")}-${version}`);
  await fillOnce(folder, async (staging) => {
    await writeFile(join(staging, "package.json"), '{"private":true}\n');
    await npmInstall(staging, [`${name}@${version}`]);
  });
  return folder;
}
