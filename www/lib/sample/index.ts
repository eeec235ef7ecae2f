/**
 * `nearhand/sample`: a small shop to try the package with, 500 items of a gift shop of 2011. As bytes in a module, so that it is
 * there in every runtime and every bundler: `await load(sample)`. To serve it as a file, copy `nearhand/sample.safetensors`.
 * Made from Online Retail, D. Chen (2015), UCI Machine Learning Repository, https://doi.org/10.24432/C5BW33, CC BY 4.0.
 */
import text from '#sample';

/** The bundle. What it is made of says `shop.info().bundle`. */
const sample: Uint8Array = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
export default sample;
