// Things that hang, stand and store about the house.
import { blossom, box, circle, disc, group, heart, line, oval, path, star } from '../draw.js';

export const home = {
  cushion: (k) =>
    k.body('M44 56Q100 68 156 56Q146 104 156 152Q100 142 44 152Q54 104 44 56z') + k.dim('M128 61Q142 60 156 56Q146 104 156 152Q142 149 128 147Q136 104 128 61z') +
    [[44, 56], [156, 56], [44, 152], [156, 152]].map(([x, y]) => circle(x, y, 6, k.accent)).join('') + k.mark(99, 105, 60),
  doorstop: (k) =>
    line('M84 62C84 44 116 44 116 62', k.shade, 7) + k.body('M70 62H130L148 150Q148 158 140 158H60Q52 158 52 150z') + k.dim('M116 62H130L148 150Q148 158 140 158H126z') + k.mark(98, 116, 52),
  sign: (k) =>
    line('M70 66L100 40L130 66', k.shade, 3) + circle(100, 40, 5, k.shade) + k.body(box(34, 66, 132, 76, 10)) + path(box(42, 74, 116, 60, 6), k.light) + (k.mark(100, 104, 46, true) || words(k)),
  plaque: (k) => circle(100, 106, 56, k.shade) + k.body(disc(100, 103, 56)) + circle(100, 103, 42, k.light) + (k.mark(100, 103, 54, true) || path(heart(100, 102, 44), k.accent)),
  tile: (k) =>
    k.body(box(56, 56, 88, 96, 4)) + path(box(66, 66, 68, 76, 2), k.light) +
    `<text x="100" y="126" text-anchor="middle" font-family="Georgia, serif" font-weight="700" font-size="58" fill="${k.pale ? k.accent : k.shade}">${k.letter ?? '7'}</text>`,
  frame: (k) =>
    k.body(box(50, 44, 100, 114, 4)) + path(box(64, 58, 72, 86, 1), k.paper) + path(box(72, 66, 56, 70), k.back) + (k.mark(100, 101, 46, true) || path('M72 136V112L92 92L108 110L118 102L128 114V136z', k.shade) + circle(112, 84, 8, k.accent)) + k.dim('M142 44H146Q150 44 150 48V154Q150 158 146 158H142z'),
  picture: (k) =>
    path(box(40, 52, 120, 98, 3), '#94694d') + path(box(48, 60, 104, 82), k.light) + (k.mark(100, 101, 66, true) || path('M48 142V116L78 84L104 112L122 96L152 124V142z', k.base) + circle(124, 80, 11, k.accent)),
  mirror: (k) =>
    k.body('M100 40C138 40 150 72 150 102C150 134 132 160 100 160C68 160 50 134 50 102C50 72 62 40 100 40z') + path('M100 54C128 54 138 78 138 102C138 128 124 146 100 146C76 146 62 128 62 102C62 78 72 54 100 54z', '#dcebee') + line('M82 78L72 96M98 76L74 116', '#ffffff', 5) + circle(100, 40, 8, k.accent),
  compact: (k) =>
    circle(100, 74, 40, k.shade) + circle(100, 74, 32, '#dcebee') + line('M86 62L80 72', '#ffffff', 5) + path('M58 114H142V122H58z', k.shade) + k.body('M56 120H144C144 148 124 160 100 160C76 160 56 148 56 120z') + k.mark(100, 138, 26),
  clock: (k) =>
    circle(100, 104, 58, k.shade) + k.body(disc(100, 101, 58)) + circle(100, 101, 43, k.paper) +
    Array.from({ length: 12 }, (_, i) => group(line(i % 3 ? 'M100 63V66' : 'M100 63V69', k.ink, i % 3 ? 2 : 3.6), `rotate(${i * 30} 100 101)`)).join('') + line('M100 101V76', k.ink, 4.5) + line('M100 101L118 110', k.ink, 4.5) + line('M100 101L88 124', '#c6483c', 2) + circle(100, 101, 4, k.ink),
  alarm: (k) =>
    circle(72, 60, 17, k.shade) + circle(128, 60, 17, k.shade) + path('M96 46H104V58H96z', k.ink) + line('M70 140L60 158M130 140L140 158', k.shade, 8) + k.body(disc(100, 106, 48)) + circle(100, 106, 36, k.paper) +
    [0, 90, 180, 270].map((turn) => group(line('M100 75V80', k.ink, 3), `rotate(${turn} 100 106)`)).join('') + line('M100 106V86M100 106L114 112', k.ink, 4) + circle(100, 106, 3.6, '#c6483c'),
  vase: (k) =>
    line('M100 80V52M96 82C90 66 78 62 72 54M104 82C112 66 122 64 128 56', '#5f7f58', 3.4) + blossom(100, 46, 15, k.accent, k.paper, 6) + blossom(70, 54, 11, k.light, k.accent, 5) + blossom(130, 56, 11, k.light, k.accent, 5) +
    k.body('M82 80H118C116 94 140 104 138 130C136 150 124 158 100 158C76 158 64 150 62 130C60 104 84 94 82 80z') + k.dim('M118 80C116 94 140 104 138 130C136 150 124 158 100 158C128 146 120 104 108 80z'),
  flower: (k) => line('M100 104C98 126 104 140 100 160', '#5f7f58', 5) + path('M100 136C82 136 70 126 66 112C84 112 98 120 100 136zM101 148C118 148 130 138 134 126C116 126 104 134 101 148z', '#76996a') + blossom(100, 78, 38, k.base, k.accent, 8),
  hook: (k) =>
    k.body(box(46, 48, 108, 46, 12)) + circle(60, 71, 4, k.shade) + circle(140, 71, 4, k.shade) + line('M80 90V124C80 146 106 146 106 126M122 90V112', k.shade, 8) + circle(106, 122, 7, k.accent) + circle(122, 114, 7, k.accent) + k.mark(100, 70, 36),
  knob: (k) =>
    path('M88 128H112L108 158H92z', '#b79a62') + k.body('M100 44C134 44 148 70 144 92C140 118 120 132 100 132C80 132 60 118 56 92C52 70 66 44 100 44z') + k.dim('M124 52C142 62 148 78 144 92C140 118 120 132 100 132C128 118 134 82 124 52z') + line('M72 74C74 64 80 60 86 58', '#ffffff', 5) + k.mark(100, 90, 40),
  hanger: (k) =>
    line('M100 72V62C112 60 112 44 100 44C92 44 90 50 90 54', k.shade, 6) + k.body('M100 70L166 122Q170 132 160 132H40Q30 132 34 122zM100 88L68 116H132z') + k.mark(100, 128, 24),
  box: (k) =>
    k.body(box(44, 84, 112, 74, 4)) + k.dim('M132 84H156V154Q156 158 152 158H132z') + path(box(38, 64, 124, 26, 4), k.shade) + path(box(38, 64, 124, 9, 4), k.light) + k.mark(96, 124, 46),
  trinket: (k) =>
    k.body('M50 104H150V146Q150 158 138 158H62Q50 158 50 146z') + path('M46 104C46 60 154 60 154 104z', k.shade) + path('M60 96C62 74 138 74 140 96z', k.light) + circle(100, 106, 8, k.accent) + k.mark(100, 134, 30),
  drawers: (k) =>
    path('M52 158V164H64V158M136 158V164H148V158', k.shade) + k.body(box(44, 50, 112, 108, 5)) + [62, 95, 128].map((y) => path(box(54, y - 4, 92, 26, 3), k.light) + circle(100, y + 9, 4.5, k.accent)).join('') + path('M38 44H162V54H38z', k.shade),
  cabinet: (k) =>
    k.body(box(54, 44, 92, 114, 4)) + path('M46 38H154V50H46z', k.shade) + path(box(64, 60, 34, 86, 2), k.light) + path(box(102, 60, 34, 86, 2), k.light) + circle(93, 104, 3.4, k.shade) + circle(107, 104, 3.4, k.shade) + k.mark(100, 80, 30),
  basket: (k) =>
    line('M60 96C60 36 140 36 140 96', k.shade, 7) + k.body('M42 92H158L144 150Q142 158 134 158H66Q58 158 56 150z') + [104, 118, 132, 146].map((y) => line(`M${46 + (y - 92) * 0.22} ${y}H${154 - (y - 92) * 0.22}`, k.shade, 2.4)).join('') + [72, 100, 128].map((x) => line(`M${x} 94V156`, k.shade, 2.4)).join('') + path(box(38, 84, 124, 14, 7), k.light),
  bin: (k) => k.body('M56 62H144L134 152Q133 158 127 158H73Q67 158 66 152z') + k.dim('M124 62H144L134 152Q133 158 127 158H116z') + oval(100, 62, 46, 9, k.light) + oval(100, 63, 38, 6, k.shade) + k.mark(98, 112, 44),
  chair: (k) => line('M66 40V158M134 40V158M66 118H134M74 158L66 120M126 158L134 120', k.shade, 8) + k.body(box(62, 46, 76, 34, 8)) + k.body(box(54, 102, 92, 18, 8)) + k.mark(100, 63, 26),
  stool: (k) => line('M70 100L58 158M130 100L142 158M100 100V156M64 134H136', k.shade, 7) + k.body('M44 84Q44 70 100 70Q156 70 156 84V98Q156 108 100 108Q44 108 44 98z') + oval(100, 84, 56, 11, k.light),
  doormat: (k) => path('M30 150L48 92H152L170 150z', k.shade) + k.body('M30 146L48 88H152L170 146z') + line('M38 140L53 95H147L162 140z', k.light, 3) + (k.mark(100, 117, 38) || line('M72 112H128M66 124H134', k.light, 5)),
  cage: (k) => circle(100, 38, 6, k.shade) + line('M58 146V96C58 38 142 38 142 96V146M100 44V146M78 56C74 84 76 120 76 146M122 56C126 84 124 120 124 146M56 106H144', k.shade, 3.6) + path(box(48, 146, 104, 12, 5), k.base) + group(k.emblemSvg('bird'), 'translate(100 122) scale(.9)'),
  cloche: (k) => path('M52 146V104C52 44 148 44 148 104V146z', '#e6f1ef', 'opacity=".92"') + circle(100, 52, 8, k.shade) + path(box(40, 146, 120, 12, 5), k.base) + blossom(100, 104, 17, k.accent, k.paper, 6) + line('M100 120V146', '#5f7f58', 4) + line('M66 128V104C66 86 74 74 84 68', '#ffffff', 5),
  pegs: (k) => line('M34 66Q100 86 166 66', k.ink, 3) + [58, 100, 142].map((x, i) => path(box(x - 16, 84, 32, 44, 3), i === 1 ? k.base : k.light) + path(box(x - 4, 66, 8, 28, 2), i === 1 ? k.accent : k.shade)).join('') + k.mark(100, 108, 24),
  garland: (k) => line('M26 66C54 112 146 112 174 66', k.ink, 2.4) + [[44, 84], [72, 98], [100, 103], [128, 98], [156, 84]].map(([x, y], i) => group(k.emblemSvg(k.emblem ?? 'heart', i % 2 ? k.accent : k.base), `translate(${x} ${y + 16}) scale(${i === 2 ? 0.95 : 0.75})`)).join(''),
  wreath: (k) => Array.from({ length: 18 }, (_, i) => group(path('M100 40C110 48 110 62 100 70C90 62 90 48 100 40z', i % 2 ? '#5f8a5c' : '#7ea673') , `rotate(${i * 20} 100 104) rotate(20 100 55)`)).join('') + [20, 100, 170, 250, 310].map((turn) => group(circle(100, 56, 5.5, k.accent), `rotate(${turn} 100 104)`)).join('') + path('M100 152L76 140V170zM100 152L124 140V170z', k.base) + circle(100, 153, 6, k.shade),
  hanging: (k) => line('M100 24V62', k.ink, 2) + circle(100, 24, 4, k.shade) + group(k.emblemSvg(k.emblem ?? 'heart', k.base, k.light), 'translate(100 104) scale(2.3)') + circle(100, 156, 5, k.accent),
  letters: (k) => `<text x="100" y="140" text-anchor="middle" font-family="Georgia, serif" font-weight="700" font-size="${(k.letter ?? 'A').length > 2 ? 50 : 96}" letter-spacing="2" fill="${k.base}" stroke="${k.shade}" stroke-width="3" paint-order="stroke">${k.letter ?? 'A'}</text>` + path('M36 150H164V158H36z', k.shade),
  magnet: (k) => [[66, 76, -8, k.base], [134, 76, 6, k.accent], [66, 136, 5, k.light], [134, 136, -6, k.shade]].map(([x, y, turn, fill], i) => group(path(box(-27, -24, 54, 48, 10), fill) + (k.emblem ? group(k.emblemSvg(k.emblem, i === 2 ? k.shade : k.paper, i === 2 ? k.paper : k.ink), 'scale(.85)') : path(star(0, 0, 15), k.paper)), `translate(${x} ${y}) rotate(${turn})`)).join(''),
};

const words = (k) => line('M58 92H142M70 104H130M62 116H138', k.pale ? k.accent : k.shade, 5);
