// A leader and a helper over HTTP, as far as clients see them (draft-ietf-ppm-dap-09, sections 4.4 and 4.6): keys, uploads, each report once. Then both open their
// shares, verify them together, and what is valid is summed. Bytes are read by the text of the draft and not by the client's code.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { Prio3Histogram } from '@divviup/prio3';
import { AeadId, CipherSuite, KdfId, KemId } from 'hpke-js';

const suite = new CipherSuite({ kem: KemId.DhkemX25519HkdfSha256, kdf: KdfId.HkdfSha256, aead: AeadId.Aes128Gcm });
const [LEADER, HELPER] = [2, 3];

/** Bytes in their order. */
function cursor(bytes) {
  let at = 0;
  const take = (count) => {
    if (at + count > bytes.length) throw new Error('cut short');
    return bytes.subarray((at += count) - count, at);
  };
  const number = (count) => take(count).readUIntBE(0, count);
  const end = () => {
    if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes too many`);
  };
  return { take, number, opaque16: () => take(number(2)), opaque32: () => take(number(4)), end };
}
const opaque32 = (bytes) => Buffer.concat([Buffer.from([0, 0, bytes.length >> 8, bytes.length & 255]), bytes]);

function reportOf(body) {
  const from = cursor(body);
  const ciphertext = () => ({ config: from.number(1), enc: from.opaque16(), payload: from.opaque32() });
  const report = { metadata: from.take(24), publicShare: from.opaque32(), shares: [ciphertext(), ciphertext()] };
  from.end();
  return { ...report, id: report.metadata.subarray(0, 16), time: Number(report.metadata.readBigUInt64BE(16)) };
}

async function party(role) {
  const open = async (config) => {
    const { publicKey, privateKey } = await suite.kem.generateKeyPair();
    const raw = Buffer.from(await suite.kem.serializePublicKey(publicKey));
    const told = Buffer.concat([Buffer.from([config, 0, KemId.DhkemX25519HkdfSha256, 0, KdfId.HkdfSha256, 0, AeadId.Aes128Gcm, 0, raw.length]), raw]);
    return { config, privateKey, list: Buffer.concat([Buffer.from([0, told.length]), told]) };
  };
  const keys = new Map();
  let key;
  const rotate = async () => keys.set((key = await open(7 + keys.size)).config, key);
  await rotate();
  return {
    list: () => key.list,
    rotate,
    config: () => key.config,
    /** The share in a ciphertext: no extension before it. */
    unseal: async ({ config, enc, payload }, task, { metadata, publicShare }) => {
      const info = Buffer.concat([Buffer.from('dap-09 input share'), Buffer.from([1, role])]);
      const aad = Buffer.concat([task, metadata, opaque32(publicShare)]);
      const plain = cursor(Buffer.from(await suite.open({ recipientKey: keys.get(config).privateKey, enc, info }, payload, aad)));
      if (plain.number(2) !== 0) throw new Error('an extension');
      const share = plain.opaque32();
      plain.end();
      return share;
    },
  };
}

/** `faults`: by method, answers that are given in the place of the next ones: `[status, type?, headers?]`, `'drop'` for none, `'lose'` to take it and say nothing, `'hang'` for one that never ends, `'flood'` for one that is too long. */
export async function aggregators() {
  const [leader, helper] = [await party(LEADER), await party(HELPER)];
  const faults = { GET: [], PUT: [] };
  const asked = [];
  const stored = new Map();
  const of = (id) => [...stored].filter(([key]) => key.startsWith(id)).map(([, report]) => report);
  const problem = (response, status, type, headers = {}) =>
    response.writeHead(status, { ...headers, 'content-type': 'application/problem+json' }).end(JSON.stringify({ type: `urn:ietf:params:ppm:dap:error:${type}`, title: type, status }));
  const serve = (own) =>
    createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray());
      const { pathname, searchParams } = new URL(request.url, 'http://x');
      response.setHeader('access-control-allow-origin', '*');
      if (request.method === 'OPTIONS') return response.writeHead(204, { 'access-control-allow-methods': 'PUT', 'access-control-allow-headers': 'content-type' }).end();
      asked.push({ who: own === leader ? 'leader' : 'helper', method: request.method, path: pathname, body, headers: request.headers });
      const fault = faults[request.method]?.shift();
      if (fault === 'drop') return request.socket.destroy();
      if (fault === 'hang') return void response.writeHead(503, { 'content-type': 'application/problem+json' }).write('{"type":');
      if (fault === 'flood') return response.writeHead(503, { 'content-type': 'application/problem+json' }).end(Buffer.alloc(100_000, ' '));
      if (Array.isArray(fault)) return problem(response, fault[0], fault[1] ?? 'internal', fault[2]);
      if (request.method === 'GET' && pathname === '/dap/hpke_config' && searchParams.has('task_id')) return response.writeHead(200, { 'content-type': 'application/dap-hpke-config-list', 'cache-control': 'max-age=86400' }).end(own.list());
      const [, task] = /^\/dap\/tasks\/([\w-]{43})\/reports$/.exec(pathname) ?? [];
      if (request.method !== 'PUT' || !task || own !== leader || request.headers['content-type'] !== 'application/dap-report') return problem(response, 404, 'unrecognizedTask');
      const report = reportOf(body);
      if (report.shares[0].config !== leader.config()) return problem(response, 400, 'outdatedConfig');
      const key = `${task} ${report.id.toString('hex')}`;
      if (stored.has(key)) return problem(response, 400, 'reportRejected');
      stored.set(key, report);
      if (fault === 'lose') return request.socket.destroy();
      response.writeHead(201).end();
    });
  const servers = [serve(leader), serve(helper)];
  await Promise.all(servers.map((server) => new Promise((done) => server.listen(0, '127.0.0.1', done))));
  // Names of two origins, and a path, as many have.
  const [leaderUrl, helperUrl] = servers.map((server) => `http://127.0.0.1:${server.address().port}/dap`);
  return {
    leader: leaderUrl,
    helper: helperUrl,
    faults,
    asked,
    rotate: () => Promise.all([leader.rotate(), helper.rotate()]),
    reports: of,
    /** The sum of a task's reports, as the collector gets it. Throws where a share does not verify. */
    collect: async (id, { length, chunkLength }) => {
      const vdaf = new Prio3Histogram({ shares: 2, length, chunkLength });
      const verifyKey = randomBytes(vdaf.verifyKeySize);
      const task = Buffer.from(id, 'base64url');
      const out = [];
      const reports = of(id);
      for (const report of reports) {
        const shares = [await leader.unseal(report.shares[0], task, report), await helper.unseal(report.shares[1], task, report)];
        out.push(await verified(vdaf, verifyKey, report, shares));
      }
      return vdaf.unshard(null, [0, 1].map((who) => vdaf.aggregate(null, out.map((shares) => shares[who]))), reports.length);
    },
    stop: () => servers.forEach((server) => (server.closeAllConnections(), server.close())),
  };
}

/** Output shares of both, once the proof holds. */
export async function verified(vdaf, verifyKey, { id, publicShare }, [leader, helper]) {
  const { field, measurementLen, proofLen } = vdaf.flp;
  const from = cursor(leader);
  const numbers = (count) => field.decode(from.take(count * 16));
  const own = { measurementShare: numbers(measurementLen), proofsShare: numbers(proofLen), blind: from.take(16) };
  from.end();
  const [seed, proofSeed, blind] = [helper.subarray(0, 16), helper.subarray(16, 32), helper.subarray(32, 48)];
  if (helper.length !== 48) throw new Error("the helper's share is of another length");
  const other = { measurementShare: await vdaf.pseudorandom(measurementLen, 1, seed, Buffer.of(1)), proofsShare: await vdaf.pseudorandom(proofLen, 2, proofSeed, Buffer.from([1, 1])), blind };
  const parts = () => ({ jointRandParts: [publicShare.subarray(0, 16), publicShare.subarray(16, 32)] });
  const prepared = await Promise.all([own, other].map((share, who) => vdaf.prepareInit(verifyKey, who, null, id, parts(), share)));
  const message = await vdaf.unshardPreparationShares(null, prepared.map(({ preparationShare }) => preparationShare));
  return prepared.map(({ preparationState }) => vdaf.prepareNext(preparationState, message).outputShare);
}
