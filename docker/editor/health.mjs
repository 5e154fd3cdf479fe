// The health check of the image. Ends with 0 if code-server answers; the bridge is only there while a folder is open.
const port = process.env["PORT"] ?? "8080";
const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(8_000) });
process.exitCode = response.ok ? 0 : 1;
