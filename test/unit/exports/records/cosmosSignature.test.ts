import assert from "node:assert/strict";
import { cosmosBearer, cosmosSignature } from "../../../../src/exports/records/cosmosSignature.ts";

describe("The signature of Cosmos DB", () => {
  it("is that of the example in its documentation", () => {
    const key = "dsZQi3KtZmCv1ljt3VNWNm7sQUF1y5rJfC6kv5JiwvW0EndXdDku/dkKBp8/ufDToSxLzR4y+O/0H/t4bQtVNw==";
    const request = { method: "GET", type: "dbs", link: "dbs/ToDoList", date: "Thu, 27 Apr 2017 00:51:12 GMT" };
    const documented = "type%3dmaster%26ver%3d1.0%26sig%3dc09PEVJrgp2uQRkr934kFbTqhByc7TVr3OHyqlu%2bc%2bc%3d";
    assert.equal(decodeURIComponent(cosmosSignature(request, key)), decodeURIComponent(documented));
  });

  it("covers the method, the type, the case of the link, and the date", () => {
    const key = Buffer.alloc(64, 7).toString("base64");
    const request = { method: "PUT", type: "docs", link: "dbs/kiro/colls/runs/docs/exec-1", date: "Thu" };
    const others = [
      { method: "POST" },
      { type: "colls" },
      { link: "dbs/Kiro/colls/runs/docs/exec-1" },
      { date: "Fri" },
    ];
    const signatures = [{}, ...others].map((change) => cosmosSignature({ ...request, ...change }, key));
    assert.equal(new Set(signatures).size, 5);
  });

  it("has another form for a token", () => {
    assert.equal(cosmosBearer("a.b-c_d"), "type%3Daad%26ver%3D1.0%26sig%3Da.b-c_d");
  });
});
