// The health check of the image. Ends with 0 if code-server answers; the bridge is only there while a folder is open.
const response = await fetch("http://127.0.0.1:8080/healthz", { signal: AbortSignal.timeout(8_000) });
process.exitCode = response.ok ? 0 : 1;
