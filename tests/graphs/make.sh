#!/usr/bin/env bash
# Writes the shipped model's graphs as each other type that libvosk reads, with OpenFst's own tools (Debian: libfst-tools).
# usage: tests/graphs/make.sh, from the root of the project; the results are committed.
set -euo pipefail
model=models/ar-commands/graph
out=tests/graphs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for type in const olabel_lookahead; do
    fstconvert --fst_type=$type $model/HCLr.fst $out/HCLr.$type.fst
done
fstconvert --fst_type=const $model/Gr.fst $out/Gr.const.fst
# Its tables begin at multiples of 16 bytes.
fstconvert --fst_align --fst_type=const $model/HCLr.fst $out/HCLr.aligned.fst
fstsymbols --isymbols=$model/words.txt --osymbols=$model/words.txt $model/Gr.fst $out/Gr.symbols.fst

# A bigram model with back-off arcs, as OpenGrm writes them: state 0 begins a sentence, state 1 knows no context,
# the states of the words follow. A word may follow each of its next three.
awk '$2 > 0 { id[++n] = $2 } END {
    weight = log(n) + 0.7
    print 0, 1, 0, 0, 0.7
    for (i = 1; i <= n; i++) print 1, i + 1, id[i], id[i], weight
    print 1, weight
    for (i = 1; i <= n; i++) {
        print i + 1, 1, 0, 0, 0.7
        for (k = 1; k <= 3; k++) { j = (i + k - 1) % n + 1; print i + 1, j + 1, id[j], id[j], 2.0 }
        print i + 1, 1.5
    }
    print 0, 3.0
}' $model/words.txt >"$work/bigrams"
fstcompile "$work/bigrams" | fstarcsort --sort_type=ilabel | fstsymbols --isymbols=$model/words.txt \
    --osymbols=$model/words.txt | fstconvert --fst_type=ngram - $out/Gr.ngram.fst
