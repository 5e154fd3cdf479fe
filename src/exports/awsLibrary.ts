import { fromEnv } from "@aws-sdk/credential-provider-env";
import { fromHttp } from "@aws-sdk/credential-provider-http";
import { fromIni } from "@aws-sdk/credential-provider-ini";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { fromTokenFile } from "@aws-sdk/credential-provider-web-identity";

/** Credentials as the chain gives them. */
export interface ChainIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly expiration?: Date | undefined;
}

export interface ChainOptions {
  readonly profile?: string | undefined;
  readonly useInstanceMetadata: boolean;
}

/**
 * Looks for credentials where the tools of AWS look for them: variables, a profile (keys, SSO, role, process), a web identity,
 * a container. The official chain then asks the metadata address of a virtual machine, which only those with one want.
 * @throws the error of the first place that has credentials which do not work, or says that there are none
 */
export async function credentialChain({ profile, useInstanceMetadata }: ChainOptions): Promise<ChainIdentity> {
  const bounded = { maxAttempts: 2, requestHandler: { connectionTimeout: 5000, requestTimeout: 10_000 } };
  const init = { ...(profile !== undefined && { profile }), clientConfig: bounded, ignoreCache: true };
  if (useInstanceMetadata) return await defaultProvider(init)();
  const { env } = process;
  const hasContainer =
    (env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] ?? env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] ?? "") !== "";
  const links = [
    ...((profile ?? env["AWS_PROFILE"] ?? "") === "" ? [fromEnv()] : []),
    fromIni(init),
    fromTokenFile(init),
    ...(hasContainer ? [fromHttp({ timeout: 5000, maxRetries: 1 })] : []),
  ];
  for (const link of links) {
    const found = await link().catch((error: unknown) => {
      if (!mayGoOn(error)) throw error;
    });
    if (found !== undefined) return found;
  }
  throw new Error(
    `There are none in the variables, the profile${profile === undefined ? "" : ` '${profile}'`} and a web identity`,
  );
}

function mayGoOn(error: unknown): boolean {
  return typeof error === "object" && error !== null && "tryNextLink" in error && error.tryNextLink === true;
}
