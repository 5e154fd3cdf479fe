import { AwsV4Signer } from "aws4fetch";

/** The account of a peer that speaks an API of AWS. */
export interface AwsAccount {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

export interface AwsCall {
  readonly method: string;
  readonly url: URL;
  readonly service: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** Makes a signed call of the tests themselves, so that they look at a peer by another way than the product. */
export async function callAws(call: AwsCall, account: AwsAccount): Promise<Response> {
  const { method, url, headers, body } = await new AwsV4Signer({
    ...account,
    method: call.method,
    url: call.url.href,
    service: call.service,
    headers: { ...call.headers },
    ...(call.body === undefined ? {} : { body: call.body }),
  }).sign();
  return fetch(url, { method, headers, body: body ?? null });
}
