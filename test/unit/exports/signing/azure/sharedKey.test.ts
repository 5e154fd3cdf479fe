import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { OutgoingRequest } from "../../../../../src/exports/http/request.ts";
import { signSharedKey } from "../../../../../src/exports/signing/azure/sharedKey.ts";

const key = Buffer.from("a key of the tests").toString("base64");
const at = Date.UTC(2015, 5, 26, 23, 39, 12);

/** Checks the signature against the text that the documents of Azure Storage give for a request. */
function signs(request: OutgoingRequest, text: string): void {
  const { headers } = signSharedKey(request, { account: "myaccount", key }, at);
  const signature = createHmac("sha256", Buffer.from(key, "base64")).update(text).digest("base64");
  assert.equal(headers["authorization"], `SharedKey myaccount:${signature}`);
  assert.equal(headers["x-ms-date"], "Fri, 26 Jun 2015 23:39:12 GMT");
}

describe("The Shared Key of Azure Storage", () => {
  it("signs the published example of a request without a body", () => {
    signs(
      {
        method: "GET",
        url: new URL("https://myaccount.blob.core.windows.net/mycontainer?restype=container&comp=metadata&timeout=20"),
        headers: { "x-ms-version": "2015-02-21" },
      },
      "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20",
    );
  });

  it("signs the length, type, hash and condition of a blob that is put, and its name as it is sent", () => {
    signs(
      {
        method: "PUT",
        url: new URL("https://myaccount.blob.core.windows.net/runs/a%20b/%C3%A4%2B.json"),
        headers: {
          "X-Ms-Version": "2021-12-02",
          "x-ms-blob-type": "BlockBlob",
          "x-ms-meta-a": "  two   spaces ",
          "content-type": "application/json",
          "content-encoding": "gzip",
          "content-md5": "hash==",
          "if-none-match": "*",
        },
        body: Buffer.from("12345"),
      },
      "PUT\ngzip\n\n5\nhash==\napplication/json\n\n\n\n*\n\n\nx-ms-blob-type:BlockBlob\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-meta-a:two spaces\nx-ms-version:2021-12-02\n/myaccount/runs/a%20b/%C3%A4%2B.json",
    );
  });

  it("signs the decoded values of the query, those of one name together", () => {
    signs(
      {
        method: "GET",
        url: new URL("https://myaccount.blob.core.windows.net/runs?prefix=a%20b%2F&Comp=list&include=z&include=a"),
        headers: {},
      },
      "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\n/myaccount/runs\ncomp:list\ninclude:a,z\nprefix:a b/",
    );
  });
});
