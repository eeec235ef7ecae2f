"""item2vec by gensim and ALS by implicit, as docs/exports.md has them: target/world-models/item2vec.txt and als.npy."""

from pathlib import Path

import numpy as np
from gensim.models import Word2Vec
from implicit.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from shop import IDS, ITEMS, SHOWN

HERE = Path(__file__).resolve().parents[3] / "target/world-models"
sessions = [[IDS[i] for i in s] for s in SHOWN]
made = Word2Vec(sessions, vector_size=16, window=3, min_count=1, sg=1, epochs=20, seed=1, workers=1)
made.wv.save_word2vec_format(str(HERE / "item2vec.txt"))

rows, columns = zip(*[(r, i) for r, s in enumerate(SHOWN) for i in s])
counts = csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(SHOWN), ITEMS))
made = AlternatingLeastSquares(factors=16, random_state=1)
made.fit(counts, show_progress=False)
np.save(HERE / "als.npy", made.item_factors)
