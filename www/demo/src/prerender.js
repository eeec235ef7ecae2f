// The first view of a page as text, for the HTML: what a visitor sees before any script has run. For Node.

import { allDepartments, department, find, use } from './catalog.js';
import { drawInHtml } from './art/hang.js';
import { departmentsMarkup } from './ui/header.js';
import { departmentMarkup } from './views/department.js';
import { homeMarkup } from './views/home.js';
import { productMarkup } from './views/product.js';
import { price } from './words.js';

/** The pages that stand as documents of their own: home, the departments, and of `rows` the `most` loved ones. */
export function* pages(rows, most) {
  use(rows);
  const departments = String(departmentsMarkup());
  yield { page: '/', title: 'Plum & Parcel', about: 'A gift shop whose suggestions are computed on your own device. A demonstration of nearhand.', departments, main: drawn(homeMarkup) };
  for (const { name, slug, about } of allDepartments()) {
    yield { page: `/d/${slug}`, title: `${name} · Plum & Parcel`, about: `${about} At Plum & Parcel, a demonstration shop.`, departments, main: drawn(() => departmentMarkup(department(slug))) };
  }
  // Names that no file system takes for another, or for a folder.
  const taken = new Set();
  for (const [id] of rows.slice(0, most)) {
    if (!/^[A-Z0-9]+$/.test(id) || taken.has(id)) continue;
    taken.add(id);
    const item = find(id);
    yield { page: `/p/${id}`, title: `${item.name} · Plum & Parcel`, about: `${item.name}, ${price(item.price)}. ${department(item.category).about}`, departments, main: drawn(() => productMarkup(item)) };
  }
}

/** What a tall screen shows first. */
const PICTURES = 8;

function drawn(markup) {
  drawInHtml(PICTURES);
  return String(markup());
}
