/**
 * Runs the token function of argv[2] warm, in this process, and sends what it measured to the parent: milliseconds
 * of each cached answer one after the other, of each with 64 in flight, and of each mint of a new subject.
 */
const { handler } = await import(process.argv[2]);
const context = {
  awsRequestId: "bench",
  invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:token-invoke:everything",
  getRemainingTimeInMillis: () => 30_000,
};
const timed = async (event) => {
  const start = performance.now();
  await handler(event, context);
  return performance.now() - start;
};
const rejected = "0".repeat(64);
const crowd = () => Promise.all(Array.from({ length: 64 }, () => timed({})));
// V8 is done with optimizing after some ten thousand calls.
for (let round = 0; round < 3_000; round += 1) await timed({});
for (let round = 0; round < 300; round += 1) await crowd();
const hits = [];
for (let round = 0; round < 5_000; round += 1) hits.push(await timed({}));
const crowded = [];
for (let round = 0; round < 300; round += 1) crowded.push(...(await crowd()));
const mints = [];
for (const id of JSON.parse(process.argv[3])) {
  mints.push(await timed({ box_subject_type: "user", box_subject_id: id, rejected_token_sha256: rejected }));
}
process.send({ hits, crowded, mints }, () => process.exit(0));
