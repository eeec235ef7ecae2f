// Paper, cards, wrap and writing.
import { blossom, box, circle, disc, group, heart, line, oval, path } from '../draw.js';

export const paper = {
  notebook: (k) =>
    path(box(64, 50, 84, 108, 5), k.paper) + path(box(60, 47, 84, 110, 6), k.shade) + k.body(box(54, 44, 84, 110, 6)) + path('M54 50Q54 44 60 44H68V154H60Q54 154 54 148z', k.shade) + path(box(78, 64, 48, 26, 3), k.paper) + line('M86 74H118M86 81H108', k.shade, 2) + path('M122 44H130V78L126 73L122 78z', k.accent) + k.mark(104, 122, 42),
  book: (k) =>
    path('M100 62C84 48 56 48 36 54V146C56 140 84 142 100 154z', k.paper) + path('M100 62C116 48 144 48 164 54V146C144 140 116 142 100 154z', k.light) + line('M50 74C64 70 80 74 90 80M50 90C64 86 80 90 90 96M50 106C64 102 80 106 90 112', k.shade, 3) + path('M36 54L30 58V154C56 148 84 150 100 160C116 150 144 148 170 154V58L164 54V146C144 140 116 142 100 154C84 142 56 140 36 146z', k.base) + k.mark(132, 98, 38, true),
  calendar: (k) =>
    path(box(50, 56, 100, 102, 6), k.paper) + k.body('M50 62Q50 56 56 56H144Q150 56 150 62V86H50z') + line('M74 46V66M126 46V66', k.shade, 6) + [100, 118, 136].map((y) => [66, 83, 100, 117, 134].map((x) => circle(x, y, 4.6, (x + y) % 3 ? k.light : k.accent)).join('')).join(''),
  pencils: (k) =>
    [[-24, k.accent], [-8, k.shade], [8, '#e4b84c'], [24, k.light]].map(([turn, fill]) => group(path('M92 70H108V140H92z', fill) + path('M92 70L100 46L108 70z', '#f0d9b8') + path('M97 55L100 46L103 55z', fill), `rotate(${turn} 100 176)`)).join('') + k.body('M64 104H136L130 152Q129 158 122 158H78Q71 158 70 152z') + oval(100, 104, 36, 6, k.shade) + k.mark(100, 132, 34),
  pen: (k) =>
    group(k.body(box(91, 46, 18, 78, 8)) + path('M91 124H109L100 150z', '#d9c39b') + path('M97.5 143L100 150L102.5 143z', k.ink) + path('M91 96H109V104H91z', k.accent) + path('M106 46H113V84H109V52z', k.shade), 'rotate(32 100 104)') + line('M44 154C64 142 76 160 96 150', k.shade, 3.4),
  card: (k) =>
    path('M60 60L140 48L148 148L66 158z', k.shade) + k.body(box(52, 48, 84, 106, 3)) + path(box(61, 57, 66, 88, 2), k.paper) + (k.mark(94, 101, 56, true) || path(heart(94, 102, 42), k.accent)),
  envelope: (k) => k.body(box(36, 66, 128, 88, 5)) + path('M36 70Q36 66 40 66H160Q164 66 164 70L100 118z', k.light) + line('M38 150L84 108M162 150L116 108', k.shade, 3) + path(heart(100, 112, 26), k.accent),
  postcard: (k) => group(k.body(box(36, 62, 128, 86, 3)) + path(box(44, 70, 70, 70, 1), k.light) + k.mark(79, 105, 50, true) + path(box(134, 72, 20, 24, 1), k.accent) + line('M124 112H154M124 122H154M124 132H146', k.shade, 2.6), 'rotate(-5 100 104)'),
  wrap: (k) =>
    group(k.body(box(50, 44, 30, 112, 4)) + oval(65, 44, 15, 6, k.light) + oval(65, 44, 6, 2.4, k.shade), 'rotate(-10 65 100)') + group(path(box(86, 44, 30, 112, 4), k.accent) + oval(101, 44, 15, 6, k.light) + oval(101, 44, 6, 2.4, k.shade)+ path('M86 92H116V102H86z', k.paper), 'rotate(2 101 100)') + group(k.body(box(122, 48, 30, 108, 4)) + k.dim(box(140, 48, 12, 108, 4)) + oval(137, 48, 15, 6, k.light) + oval(137, 48, 6, 2.4, k.shade), 'rotate(12 137 100)'),
  gift: (k) =>
    k.body(box(46, 86, 108, 72, 4)) + path(box(40, 70, 120, 24, 4), k.shade) + path('M92 70H108V158H92z', k.accent) + path('M100 70C84 70 66 62 70 48C76 36 96 52 100 70zM100 70C116 70 134 62 130 48C124 36 104 52 100 70z', k.accent) + circle(100, 68, 7, k.light) + k.mark(70, 124, 24) + k.mark(132, 124, 24),
  giftbag: (k) =>
    line('M78 72C78 40 96 40 96 72M104 72C104 40 122 40 122 72', k.accent, 4) + k.body('M56 70H144L150 152Q150 158 144 158H56Q50 158 50 152z') + k.dim('M124 70H144L150 152Q150 158 144 158H128z') + path('M56 70H144V80H56z', k.light) + k.mark(98, 118, 52),
  tags: (k) => group(k.body('M70 58L100 40L130 58V150H70z') + circle(100, 60, 6, k.ground) + line('M100 60C110 30 136 30 150 44', k.accent, 3) + (k.mark(100, 108, 44) || path(heart(100, 108, 36), k.paper)), 'rotate(-8 100 104)'),
  ribbon: (k) => circle(94, 106, 52, k.shade) + k.body(disc(94, 103, 52)) + circle(94, 103, 36, '#f0d9b8') + circle(94, 103, 12, '#94694d') + path('M140 100C160 100 168 118 158 136C152 148 160 154 168 154L172 146L176 158H150C140 146 150 130 150 122C150 114 146 112 140 114z', k.accent) + k.mark(94, 76, 18),
  tape: (k) => circle(100, 106, 54, k.shade) + k.body(disc(100, 103, 54)) + circle(100, 103, 34, k.light) + circle(100, 103, 27, k.ground) + path('M140 138L170 150L164 160L132 146z', k.base),
  stickers: (k) => path(box(52, 46, 96, 112, 6), k.paper) + [[76, 72], [124, 72], [100, 102], [76, 132], [124, 132]].map(([x, y], i) => circle(x, y, 17, [k.base, k.light, k.accent, k.light, k.base][i]) + group(k.emblemSvg(k.emblem ?? ['star', 'heart', 'flower'][i % 3], i === 1 || i === 3 ? k.shade : k.paper, k.ink), `translate(${x} ${y}) scale(.6)`)).join('') + path('M128 158L148 138V152Q148 158 142 158z', k.back),
  stamp: (k) => k.body('M84 52C84 36 116 36 116 52C116 68 108 76 112 96H88C92 76 84 68 84 52z') + path(box(64, 96, 72, 30, 4), k.shade) + path('M60 126H140V138H60z', k.ink) + line('M48 156H152', k.accent, 5),
  paperweight: (k) => oval(100, 150, 58, 9, k.shade) + k.body('M44 132C44 70 156 70 156 132C156 152 44 152 44 132z') + oval(100, 134, 40, 10, k.light) + k.mark(100, 116, 44) + line('M62 116C64 98 74 90 86 86', '#ffffff', 5),
  slate: (k) => path(box(42, 52, 116, 100, 5), '#b98b5e') + path(box(51, 61, 98, 82, 2), '#4a4f50') + (k.emblem ? group(k.emblemSvg(k.emblem, '#f4efe4', '#8d9493'), 'translate(100 102) scale(1.3)') : line('M66 82H130M66 98H118M66 114H126', '#f4efe4', 4)) + path(box(126, 134, 34, 8, 4), '#fffaf1'),
  bookmark: (k) => k.body('M80 40H120V156L100 138L80 156z') + line('M100 40C100 26 118 26 122 36', k.accent, 4) + k.mark(100, 88, 34),
  tissuebox: (k) => path('M80 92C74 66 92 70 96 46C108 62 124 60 120 92z', k.paper) + k.body(box(40, 88, 120, 70, 6)) + k.dim('M132 88H154Q160 88 160 94V152Q160 158 154 158H132z') + oval(100, 92, 34, 7, k.shade) + path('M82 92C80 78 90 74 96 62C104 74 116 78 118 92z', k.paper) + k.mark(98, 126, 40),
  invites: (k) => group(path(box(46, 60, 92, 70, 3), k.shade), 'rotate(-9 92 95)') + k.body(box(56, 74, 100, 76, 4)) + path(box(65, 83, 82, 58, 2), k.paper) + (k.mark(106, 112, 40, true) || blossom(106, 112, 16, k.base, k.accent, 6)),
};
