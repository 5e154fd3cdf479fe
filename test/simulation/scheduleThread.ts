import { workerData } from "node:worker_threads";
import { simulate } from "./simulation.ts";

const { first, last } = workerData;
for (let seed = first; seed <= last; seed++) await simulate(seed);
