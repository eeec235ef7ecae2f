// Kitchen and table.
import { box, circle, disc, group, line, oval, path, round } from '../draw.js';

export const kitchen = {
  mug: (k) =>
    line('M138 88C168 84 168 136 134 134', k.shade, 11) +
    k.body('M58 70H140V140Q140 158 122 158H76Q58 158 58 140z') + k.dim('M122 70H140V140Q140 158 122 158H110Q122 152 122 138z') +
    oval(99, 70, 41, 8, k.light) + oval(99, 71, 34, 5.5, '#7b5140') + k.mark(97, 116, 46),
  cup: (k) =>
    line('M136 92C162 86 160 122 128 124', k.shade, 8) + oval(98, 152, 62, 9, k.shade) + oval(98, 149, 62, 9, k.light) +
    k.body('M54 82H142C142 122 124 146 98 146C72 146 54 122 54 82z') + k.dim('M142 82C142 122 124 146 98 146C118 138 126 112 126 82z') +
    oval(98, 82, 44, 8, k.light) + oval(98, 83, 36, 5.5, '#a5673f') + k.mark(96, 112, 34),
  teapot: (k) =>
    line('M136 96C172 84 172 142 132 140', k.shade, 9) + path('M62 118C44 114 46 88 30 84L38 78C58 80 58 100 70 104z', k.shade) +
    k.body('M60 120C60 90 78 80 100 80C122 80 140 90 140 120C140 146 124 158 100 158C76 158 60 146 60 120z') +
    k.dim('M122 86C136 92 140 104 140 120C140 146 124 158 100 158C122 150 130 112 122 86z') +
    path('M72 86C74 72 126 72 128 86C110 80 90 80 72 86z', k.shade) + circle(100, 69, 7, k.accent) + k.mark(98, 120, 44),
  bowl: (k) =>
    oval(100, 152, 26, 7, k.shade) + k.body('M38 92H162C162 132 136 154 100 154C64 154 38 132 38 92z') + k.dim('M162 92C162 132 136 154 100 154C130 142 142 118 142 92z') +
    oval(100, 92, 62, 12, k.light) + oval(100, 93, 53, 8.5, k.shade) + k.mark(98, 126, 36),
  plate: (k) =>
    circle(100, 106, 60, k.shade) + k.body(disc(100, 103, 60)) + circle(100, 103, 40, k.light) + circle(100, 103, 35, k.paper) + k.mark(100, 103, 46, true),
  glass: (k) =>
    path('M64 62H136L128 152Q127 158 120 158H80Q73 158 72 152z', k.light, 'opacity=".9"') + k.body('M67 96H133L128 152Q127 158 120 158H80Q73 158 72 152z') +
    oval(100, 62, 36, 7, k.paper) + line('M78 74L84 148', '#ffffff', 5) + k.mark(104, 124, 32),
  goblet: (k) =>
    path('M62 56H138C140 100 122 116 100 116C78 116 60 100 62 56z', k.light) + k.body('M63 78H137C136 106 120 116 100 116C80 116 64 106 63 78z') +
    path('M96 114H104V148H96z', k.shade) + oval(100, 152, 30, 7, k.shade) + oval(100, 56, 38, 7, k.paper) + line('M76 68C76 84 78 94 84 102', '#ffffff', 4),
  jug: (k) =>
    line('M134 76C170 74 168 136 132 138', k.shade, 9) + k.body('M66 56L56 66L68 82C60 96 56 112 58 132Q60 158 84 158H118Q142 158 142 130C142 104 132 92 134 56z') +
    k.dim('M134 56C132 92 142 104 142 130Q142 158 118 158H108C128 146 122 96 118 56z') + path('M56 66L66 56H134V66C110 74 82 74 68 82z', k.light) + k.mark(99, 122, 42),
  cutlery: (k) =>
    path('M58 44V78C58 88 66 90 66 98V156H74V98C74 90 82 88 82 78V44H77V74H72V44H68V74H63V44z', k.shade) +
    k.body('M94 100C86 92 84 46 100 44C116 46 114 92 106 100V156H94z') +
    path('M122 156V44C138 48 142 80 136 104L134 108V156z', k.shade) + rectBand(k),
  spoons: (k) =>
    ['rotate(-18 100 150)', 'rotate(0 100 150)', 'rotate(18 100 150)'].map((turn, i) => group(path('M96 96H104L106 154H94z', k.shade) + (i === 1 ? k.body(spoon) : path(spoon, k.light)) , turn)).join('') + circle(100, 150, 4, k.accent),
  cakestand: (k) =>
    path('M96 96H104V150H96z', k.shade) + oval(100, 152, 34, 7, k.shade) + oval(100, 102, 66, 10, k.shade) + k.body('M34 98H166L160 106Q150 112 100 112Q50 112 40 106z') +
    path('M64 96C62 62 138 62 136 96z', '#fbe9d3') + path('M60 84C60 54 140 54 140 84C134 92 128 80 120 88C112 94 108 80 100 88C92 94 86 80 80 88C72 94 66 90 60 84z', k.accent) + circle(100, 56, 6, '#c6483c') + oval(100, 98, 66, 6, k.light),
  tieredstand: (k) =>
    line('M100 34V154', k.shade, 5) + circle(100, 34, 7, k.accent) + oval(100, 154, 30, 6, k.shade) +
    k.body('M34 134H166L156 146Q100 154 44 146z') + k.body('M50 98H150L142 109Q100 115 58 109z') + k.body('M66 64H134L128 74Q100 79 72 74z') +
    [[66, 132], [100, 130], [134, 132], [82, 96], [118, 96], [100, 62]].map(([x, y]) => path(`M${x - 9} ${y}Q${x} ${y - 20} ${x + 9} ${y}z`, '#fbe0c4') + circle(x, y - 11, 2.6, '#c6483c')).join(''),
  jar: (k) =>
    path('M62 70H138C146 78 146 84 146 92V140Q146 158 128 158H72Q54 158 54 140V92C54 84 54 78 62 70z', k.light) +
    k.body('M54 104H146V140Q146 158 128 158H72Q54 158 54 140z') + path(box(62, 50, 76, 20, 6), k.accent) + path(box(74, 104, 52, 36, 4), k.paper) + k.mark(100, 122, 26, true) + line('M66 90V146', '#ffffff', 4),
  bottle: (k) =>
    path(box(88, 36, 24, 16, 4), k.accent) + k.body('M90 52H110V78C110 88 130 92 130 110V146Q130 158 118 158H82Q70 158 70 146V110C70 92 90 88 90 78z') +
    k.dim('M110 52V78C110 88 130 92 130 110V146Q130 158 118 158H108C122 146 118 108 106 92C100 84 102 64 102 52z') + path(box(78, 112, 44, 30, 3), k.paper) + k.mark(100, 127, 24, true),
  tin: (k) =>
    k.body('M54 76H146V146Q146 156 100 156Q54 156 54 146z') + k.dim('M126 76H146V146Q146 154 126 155z') + path('M50 66Q50 56 100 56Q150 56 150 66V78Q150 84 100 84Q50 84 50 78z', k.shade) +
    oval(100, 65, 50, 9, k.light) + k.mark(98, 120, 48),
  tins: (k) =>
    k.body('M42 104H112V152Q112 158 77 158Q42 158 42 152z') + oval(77, 104, 36, 7, k.light) + path('M112 76H162V152Q162 158 137 158Q112 158 112 152z', k.shade) + oval(137, 76, 26, 6, k.light) +
    path('M56 66H98V100Q98 104 77 104Q56 104 56 100z', k.accent) + oval(77, 66, 22, 5, k.paper) + k.mark(77, 132, 32),
  lunchbox: (k) =>
    line('M76 72C76 46 124 46 124 72', k.shade, 9) + k.body(box(40, 70, 120, 88, 16)) + k.dim('M40 112H160V142Q160 158 144 158H56Q40 158 40 142z') + line('M40 112H160', k.shade, 3) +
    path(box(60, 104, 14, 18, 3), k.light) + path(box(126, 104, 14, 18, 3), k.light) + k.mark(100, 112, 50),
  apron: (k) =>
    line('M76 50C76 26 124 26 124 50', k.shade, 5) + line('M56 96L34 106M144 96L166 106', k.shade, 5) +
    k.body('M74 48H126L130 76C134 90 142 94 148 98V158H52V98C58 94 66 90 70 76z') + path('M72 116H128V134Q128 146 116 146H84Q72 146 72 134z', k.light) + line('M72 116H128', k.shade, 3) + k.mark(100, 78, 30),
  glove: (k) =>
    k.body('M70 158V92C70 50 124 46 126 88V104C134 90 152 94 148 108C142 128 130 132 126 140V158z') + k.dim('M126 104C134 90 152 94 148 108C142 128 130 132 126 140V158H112C118 140 114 124 126 104z') + path(box(64, 140, 68, 20, 5), k.light) + k.mark(98, 104, 36),
  towel: (k) =>
    line('M38 50H162', '#94694d', 6) + k.body('M56 50H144V156H56z') + path('M56 134H144V142H56z', k.light) + path('M56 146H144V150H56z', k.light) + k.dim('M118 50H144V156H124z') + k.mark(98, 94, 46),
  eggcup: (k) =>
    path('M72 92C72 40 128 40 128 92z', '#fbead4') + k.body('M66 90H134C134 118 120 128 108 130V144H92V130C80 128 66 118 66 90z') + path('M72 158Q74 142 100 142Q126 142 128 158z', k.shade) + k.mark(100, 106, 26),
  scales: (k) =>
    k.body('M62 158L70 92H130L138 158z') + circle(100, 124, 25, k.paper) + circle(100, 124, 3, k.ink) + line('M100 124L110 108', '#c6483c', 3) +
    [0, 60, 120, 180, 240, 300].map((turn) => group(line('M100 103V106', k.ink, 2.4), `rotate(${turn} 100 124)`)).join('') + path('M48 74H152C148 90 130 94 100 94C70 94 52 90 48 74z', k.shade) + oval(100, 74, 52, 8, k.light),
  pan: (k) =>
    path('M132 112H178V122H132z', k.ink) + k.body('M38 100H142V132Q142 154 120 154H60Q38 154 38 132z') + k.dim('M124 100H142V132Q142 154 120 154H108Q124 148 124 132z') + oval(90, 100, 52, 10, k.light) + oval(90, 101, 44, 7, k.shade) + k.mark(88, 130, 30),
  tray: (k) =>
    k.body(box(30, 70, 140, 78, 18)) + path(box(44, 82, 112, 54, 10), k.light) + path(box(78, 60, 44, 12, 6), k.shade) + path(box(78, 146, 44, 12, 6), k.shade) + k.mark(100, 109, 46, true),
  rack: (k) =>
    line('M44 152H156M52 152V92Q52 80 64 80M84 152V92Q84 80 96 80M116 152V92Q116 80 128 80M148 152V104', k.shade, 5) + path('M58 146V100Q66 84 78 100V146z', '#e7b877') + path('M90 146V100Q98 84 110 100V146z', '#d99b58') + path('M122 146V100Q130 84 142 100V146z', '#e7b877'),
  cases: (k) =>
    [[64, 128, 1], [136, 128, 1], [100, 100, 1.15]].map(([x, y, s], i) => group(
      (i === 2 ? k.body('M-30 0H30L22 34H-22z') : path('M-30 0H30L22 34H-22z', i ? k.accent : k.shade)) + [-18, -6, 6, 18].map((dx) => line(`M${dx} 4L${round(dx * 0.76)} 30`, k.light, 2)).join('') + path('M-34 2C-36 -14 -20 -16 -18 -20C-12 -34 12 -34 18 -20C20 -16 36 -14 34 2z', '#fbe9d3') + circle(0, -28, 5, '#c6483c'), `translate(${x} ${y}) scale(${s})`)).join(''),
  cutter: (k) =>
    group(path('M-2 -58L14 -22L52 -18L24 8L32 46L-2 26L-36 46L-28 8L-56 -18L-18 -22z', k.shade) + path('M-2 -44L10 -15L40 -12L18 8L24 38L-2 22L-28 38L-22 8L-44 -12L-14 -15z', '#f0d2a4') + circle(-2, 0, 5, '#c6483c') + circle(-18, 2, 3.4, k.paper) + circle(14, 2, 3.4, k.paper), 'translate(102 104)'),
  doily: (k) =>
    Array.from({ length: 16 }, (_, i) => group(circle(100, 52, 11, k.base) + circle(100, 52, 4, k.ground), `rotate(${i * 22.5} 100 104)`)).join('') + circle(100, 104, 50, k.base) +
    Array.from({ length: 12 }, (_, i) => group(oval(100, 74, 5, 10, k.ground), `rotate(${i * 30} 100 104)`)).join('') + circle(100, 104, 16, k.shade) + k.mark(100, 104, 26, true),
  napkin: (k) =>
    path('M52 90L112 70L152 138L90 158z', k.shade) + k.body('M46 82L106 62L146 130L84 150z') + k.dim('M106 62L146 130L115 140L76 72z') + k.mark(92, 108, 40),
};

const spoon = 'M100 44C114 44 116 62 113 78C111 92 106 98 100 98C94 98 89 92 87 78C84 62 86 44 100 44z';
const rectBand = (k) => path('M50 122H150V134H50z', k.accent) + path('M92 118H108V138H92z', k.accent);
