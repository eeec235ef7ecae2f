// The models that completions are measured with, as files. The assistant's folder is an argument; its weights in 32 bits lie beside
// it only where it was trained, as they are not shipped.
import { existsSync, readFileSync } from 'node:fs';
import { root } from '../../face.mjs';

const described = (folder) => (existsSync(`${folder}/completer.json`) ? JSON.parse(readFileSync(`${folder}/completer.json`, 'utf8')) : {});

function assistant(folder, file) {
  const manifest = described(folder);
  return {
    texts: 'assistant',
    model: `${folder}/${file ?? manifest.model?.file ?? 'model.onnx'}`,
    tokenizer: `${folder}/${manifest.tokenizer?.file ?? 'tokenizer.json'}`,
    context: manifest.context ?? 256,
    begin: manifest.begin ?? '<|endoftext|>',
    // Of the model that they were recorded with.
    ...(!file && { goldens: manifest.goldens }),
    layers: true,
  };
}

/** By name, with the goldens that ours answers as it opens; `missing` is the file that is not there. Bars: at least so many times the tokens a second of onnxruntime-web. */
export function models(folder = `${root}/models/assistant`) {
  const stories = `${root}/models/stories260k`;
  const all = {
    stories260k: { texts: 'stories260k', model: `${stories}/stories260k.onnx`, tokenizer: `${stories}/tokenizer.json`, context: 512, begin: '<s>', goldens: described(stories).goldens, layers: false, bar: 1.3 },
    'assistant-f32': { ...assistant(folder, 'model_f32.onnx'), bar: 1.3 },
    'assistant-4bit': { ...assistant(folder), bar: 2 },
  };
  for (const each of Object.values(all)) each.missing = [each.model, each.tokenizer].find((file) => !existsSync(file));
  return all;
}

/** With the bytes. */
export const read = ({ model, tokenizer, ...rest }) => ({ ...rest, model: new Uint8Array(readFileSync(model)), tokenizer: new Uint8Array(readFileSync(tokenizer)) });
