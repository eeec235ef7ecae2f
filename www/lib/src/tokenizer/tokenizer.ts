/** A tokenizer.json as a tokenizer: each part understood, or refused by its place. */
import { NearhandError } from '../words/errors.js';
import { invalid, isObject } from '../words/plain.js';
import { type Added, finder } from './added.js';
import { preTokenizers } from './cut.js';
import { decoders } from './decoding.js';
import { bpe, unigram } from './models.js';
import { normalizers } from './normal.js';
import { utf8 } from './bytes.js';
import type { Tokenizer } from './public.js';
import { ADDED, deep, each, exceeds, FILE, few, isCount, type Json, LOOKED, list, malformed, noToken, type Part, part, stepsOf, TEXT, TOKEN, TOKENS, textTooLarge, tooLarge, truth, unsupported } from './reading.js';

/** What ids stand for. */
interface Names {
  /** By id; holes are empty. */
  readonly all: string[];
  readonly ids: Map<string, number>;
}

function put(names: Names, id: Json | undefined, word: Json | undefined, place: string): void {
  if (typeof word !== 'string' || !isCount(id)) throw malformed('a token has no text or no id', place, [word ?? null, id ?? null]);
  if (id >= TOKENS) throw tooLarge('there are too many ids', place, TOKENS);
  if (/\p{Cs}/u.test(word)) throw malformed('half a character stands alone', place, word);
  if (exceeds(word, TOKEN)) throw tooLarge('a token is too long', place, TOKEN);
  if (names.all[id]) throw malformed('two tokens have one id', place, word);
  while (names.all.length < id) names.all.push('');
  names.all[id] = word;
  if (word) names.ids.set(word, id);
}

function namesOf(model: Part): Names {
  const names: Names = { all: [], ids: new Map() };
  const { vocab } = model;
  if (!vocab || typeof vocab !== 'object') throw malformed('the model has no vocabulary', 'model.vocab', vocab);
  if (Array.isArray(vocab)) vocab.forEach((entry, id) => put(names, id, list(entry)[0], 'model.vocab'));
  else for (const [word, id] of Object.entries(vocab)) put(names, id, word, 'model.vocab');
  return names;
}

/** Ids before and after a text. */
function around(value: Json | undefined, names: Names): readonly [number[], number[]] {
  const place = 'post_processor';
  const sides: [number[], number[]] = [[], []];
  let templates = 0;
  const take = (side: number, id: Json | undefined): void => {
    if (!isCount(id) || !names.all[id]) throw malformed('a template has an id without token', place, id);
    sides[side]?.push(id);
  };
  each(value, 'processors', place, (kind, one) => {
    // It moves places alone.
    if (kind === 'ByteLevel') return;
    if (kind === 'RobertaProcessing' || kind === 'BertProcessing') {
      take(0, list(one.cls)[1]);
      take(1, list(one.sep)[1]);
    } else if (kind === 'TemplateProcessing') {
      let texts = 0;
      for (const item of few(list(one.single), place)) {
        const { Sequence: text, SpecialToken: token } = part(item) ?? {};
        const tokens = part(one.special_tokens) ?? {};
        const name = String(part(token)?.id);
        const ids = Object.hasOwn(tokens, name) && part(tokens[name])?.ids;
        // B is the second text of a pair, of which there is none here.
        if (part(text)?.id === 'A') texts++;
        else if (!text && Array.isArray(ids)) for (const id of few(ids, place)) take(texts && 1, id);
        else throw malformed('a template has a part that is neither the text A nor a token with its ids', place, item);
      }
      if (texts !== 1) throw malformed('a template has one text', place, one);
    } else throw unsupported('this post-processor is not supported', place, kind);
    if (++templates > 1) throw unsupported('several templates in a row are not supported', place, kind);
  });
  return sides;
}

/** What an options object says, by default or as told. A key that is unknown is refused: a typo must not mean "default". */
function flags(given: unknown, defaults: Readonly<Record<string, boolean>>): boolean[] {
  if (given !== undefined && !isObject(given)) invalid('options', 'an object', given);
  const told = (given ?? {}) as Record<string, unknown>;
  for (const [key, value] of Object.entries(told)) {
    if (!Object.hasOwn(defaults, key)) throw new NearhandError('unknown-option', `there is no option "${key.slice(0, 64)}". Allowed: ${Object.keys(defaults).join(', ')}`, { option: key.slice(0, 64), allowed: Object.keys(defaults) });
    if (value !== undefined && typeof value !== 'boolean') invalid(key, 'true or false', value);
  }
  return Object.entries(defaults).map(([key, value]) => (told[key] as boolean | undefined) ?? value);
}

function parsed(given: unknown): Part {
  try {
    let file = given;
    const bytes = given instanceof ArrayBuffer || ArrayBuffer.isView(given);
    if (bytes ? given.byteLength > FILE : typeof given === 'string' && exceeds(given, FILE)) throw tooLarge("the tokenizer's file is too large", '', FILE);
    if (bytes) file = new TextDecoder('utf-8', { fatal: true }).decode(given as BufferSource);
    if (typeof file === 'string') {
      // What some editors write first.
      file = JSON.parse(file.replace(/^\ufeff/, ''));
    }
    if (deep(file)) throw malformed('values lie too deep in each other', '');
    return part(file as Json) ?? invalid('json', 'a tokenizer.json: its text, its bytes, or the object in it', file);
  } catch (error) {
    throw error instanceof NearhandError ? error : malformed(`the file is not JSON: ${(error as Error).message.slice(0, 100)}`, '');
  }
}

/** Reads a tokenizer.json. */
export function fromJSON(json: unknown): Tokenizer {
  const file = parsed(json);
  const normalize = normalizers(file.normalizer);
  const { cut, byteLevel } = preTokenizers(file.pre_tokenizer);
  const decoding = decoders(file.decoder);
  const section = part(file.model);
  if (!section) throw malformed('the file has no model', 'model');
  const names = namesOf(section);
  const kind = section.type ?? (section.merges ? 'BPE' : 'Unigram');
  if (typeof kind !== 'string') throw malformed('a part has no type', 'model', kind);
  if ((kind !== 'BPE' && kind !== 'Unigram') || (kind === 'Unigram' && byteLevel)) throw unsupported('the model is not supported: BPE and Unigram of characters are', 'model.type', kind);
  if ((kind === 'Unigram') !== Array.isArray(section.vocab)) throw malformed('the vocabulary does not fit the model', 'model.vocab');
  const words = new Map(names.ids);
  const model = kind === 'BPE' ? bpe(section, words, byteLevel) : unigram(section, words);
  const raw = new Map<string, Added>();
  const normalized = new Map<string, Added>();
  const added = new Map<number, boolean>();
  const place = 'added_tokens';
  const tokens = file.added_tokens ?? [];
  if (!Array.isArray(tokens)) throw malformed('added tokens are a list', place, tokens);
  let next = Object.keys(section.vocab as object).length;
  let looked = 0;
  for (const token of few(tokens, place, ADDED)) {
    const one = part(token) ?? {};
    const { content } = one;
    if (typeof content !== 'string' || !isCount(one.id)) throw malformed('an added token has no content or no id', place, token);
    if (!content) continue;
    // One that is there keeps its id; another has the next free one, behind as many as there are, as in the reference, whatever id is stated.
    if (!names.ids.has(content)) {
      if (words.get(names.all[one.id] as string) === one.id) throw malformed('an added token has the id of another', place, content);
      put(names, next++, content, place);
    }
    const id = names.ids.get(content) as number;
    const [special, singleWord, left, right, normal] = ['special', 'single_word', 'lstrip', 'rstrip', 'normalized'].map((name) => truth(one, name, place)) as [boolean, boolean, boolean, boolean, boolean];
    added.set(id, special);
    const how = { id, special, singleWord, left, right };
    const text = normal ? normalize(content, true).text : content;
    if ((looked += utf8(text).length) > LOOKED) throw tooLarge('added tokens are too long together', place, LOOKED);
    (normal ? normalized : raw).set(text, how);
  }
  const [before, after] = around(file.post_processor, names);
  const [inRaw, inNormalized] = [finder(raw), finder(normalized)];
  const pieces = new Map<number, Uint8Array>();

  const known = (id: number): string => {
    const name = names.all[id];
    if (!name) throw noToken('an id has no token: it is of another tokenizer', { id, vocabulary: names.all.length });
    return name;
  };
  const piece = (id: number): Uint8Array => {
    const name = names.all[id];
    if (!name) return new Uint8Array();
    const there = pieces.get(id) ?? decoding.bytes(name, added.has(id), false);
    pieces.set(id, there);
    return there;
  };
  const stream = (skipSpecial: boolean, continues: boolean): ReturnType<Tokenizer['stream']> => {
    // It holds back what is not whole, and has one U+FFFD for each ill-formed stretch.
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const [dropped, times] = decoding.drop;
    let drops = continues ? 0 : times;
    let first = !continues;
    const give = (text: string): string => {
      let from = 0;
      for (; drops && from < text.length; from += dropped.length) drops = text.startsWith(dropped, from) ? drops - 1 : ((from -= dropped.length), 0);
      return text.slice(Math.max(0, from));
    };
    return {
      push(id) {
        const name = known(id);
        if (skipSpecial && added.get(id)) return '';
        const bytes = first ? decoding.bytes(name, added.has(id), true) : piece(id);
        first = false;
        return give(decoder.decode(bytes, { stream: true }));
      },
      finish: () => give(decoder.decode()),
    };
  };

  return Object.freeze<Tokenizer>({
    encode(text, options) {
      const [addSpecial, allowSpecial] = flags(options, { addSpecial: true, allowSpecial: true }) as [boolean, boolean];
      if (typeof text !== 'string') invalid('text', 'a string', text);
      if (exceeds(text, TEXT)) throw textTooLarge();
      const ids = addSpecial ? [...before] : [];
      const tell = (id: number): void => void ids.push(id);
      // A special token may be a word of the model as well: as text it is none.
      const banned = (id: number): boolean => !allowSpecial && added.get(id) === true;
      const steps = stepsOf(text);
      inRaw(text.replace(/\p{Cs}/gu, '\ufffd'), allowSpecial, steps, (section, at) => {
        if (typeof section === 'number') return tell(section);
        const begun = normalize(section, at === 0);
        inNormalized(begun.text, allowSpecial, steps, (words, place) => {
          if (typeof words === 'number') tell(words);
          else for (const word of cut({ text: words, starts: begun.starts && !place })) model(word, banned, tell, steps);
        });
      });
      if (addSpecial) ids.push(...after);
      return ids;
    },
    decode(ids, options) {
      const [skipSpecial] = flags(options, { skipSpecial: true }) as [boolean];
      const one = stream(skipSpecial, false);
      let out = '';
      for (const id of ids) out += one.push(id);
      return out + one.finish();
    },
    stream: (options) => stream(...(flags(options, { skipSpecial: true, continues: false }) as [boolean, boolean])),
    piece: (id) => piece(id).slice(),
    name: (id) => names.all[id] || undefined,
    id: (name) => names.ids.get(name),
    special: (name) => {
      const id = names.ids.get(name);
      return id !== undefined && added.get(id) ? id : undefined;
    },
    isSpecial: (id) => added.get(id) === true,
    size: names.all.length,
  });
}
