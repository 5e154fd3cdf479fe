import { createHash } from "node:crypto";
import { AwsV4Signer } from "aws4fetch";
import type { OutgoingRequest } from "../../http/request.ts";

/** The credentials that a request is signed with. */
export interface AwsIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface AwsScope {
  /** The name for signatures, such as `s3`, `dynamodb`, `lambda`, `xray`. */
  readonly service: string;
  readonly region: string;
}

/**
 * Signs a request with all its headers and its body, by AWS Signature Version 4.
 * @param at milliseconds of the Unix epoch
 */
export async function signAws(
  request: OutgoingRequest,
  { service, region }: AwsScope,
  { accessKeyId, secretAccessKey, sessionToken }: AwsIdentity,
  at: number,
): Promise<OutgoingRequest> {
  const { method, url, headers, body = new Uint8Array() } = request;
  const signer = new AwsV4Signer({
    method,
    url: url.href,
    headers: { ...headers, "x-amz-content-sha256": createHash("sha256").update(body).digest("hex") },
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    service,
    region,
    datetime: new Date(at).toISOString().replaceAll(/[:-]|\.\d{3}/g, ""),
    allHeaders: true,
  });
  const signed = await signer.sign();
  return { ...request, headers: Object.fromEntries(signed.headers) };
}
