import { bareMint } from "./yardsticks/bare-mint.mjs";

/**
 * Runs the token function of argv[2] warm, in this process, and sends what it measured to the parent: milliseconds
 * of each cached response one after the other, of each with 64 in flight, of each mint of a new subject, and of a bare
 * mint of the same subject, which takes turns with it.
 * argv[3] is JSON: `users`, and `baseUrl` and `config` of the bare mint.
 */
const { handler } = await import(process.argv[2]);
const { users, baseUrl, config } = JSON.parse(process.argv[3]);
const context = {
  awsRequestId: "bench",
  invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:token-invoke:everything",
  getRemainingTimeInMillis: () => 30_000,
};
const timed = async (action) => {
  const start = performance.now();
  await action();
  return performance.now() - start;
};
const request = (event) => timed(() => handler(event, context));
const rejected = "0".repeat(64);
const crowd = () => Promise.all(Array.from({ length: 64 }, () => request({})));
// V8 is done with optimizing after some ten thousand calls.
for (let round = 0; round < 3_000; round += 1) await request({});
for (let round = 0; round < 300; round += 1) await crowd();
const hits = [];
for (let round = 0; round < 5_000; round += 1) hits.push(await request({}));
const crowded = [];
for (let round = 0; round < 300; round += 1) crowded.push(...(await crowd()));
const mints = [];
const bareMints = [];
const bare = bareMint(baseUrl, config);
for (const id of users) {
  mints.push(
    await request({ box_subject_type: "user", box_subject_id: id, rejected_token_sha256: rejected }),
  );
  bareMints.push(await timed(() => bare(id)));
}
process.send({ hits, crowded, mints, bareMints }, () => process.exit(0));
