import { load } from 'nearhand';
import { contract } from '../contract.mjs';

globalThis.run = (options) => contract(load, '/shop.safetensors', options);
globalThis.load = (options) => load('/shop.safetensors', options);
