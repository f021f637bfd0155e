package dev.baton.buffer.tier;

import dev.baton.platform.Require;

/**
 * What a token costs to compute again, by its place in the prompt: 1 and, for attention, its place over the tokens at
 * which attention costs as much as all the rest of the model. Places are put into a few bands, each with the cost of its
 * middle. Immutable.
 * <pre>
 *   cost     1 + place / attentionTokens
 *   e.g.     Llama-3.1-70B: 2 * 70.6e9 / (4 * 80 layers * 8,192 wide) = 53,900 tokens
 * </pre>
 */
final class RecomputeCost {
    /** Every token costs the same. */
    static final RecomputeCost EVEN = new RecomputeCost(0);

    /** Ends of the bands but the last, in attentionTokens; and what a token of each costs. */
    private static final double[] ENDS = {0.25, 0.75, 1.75};
    private static final double[] WEIGHTS = {1.125, 1.5, 2.25, 3.5};

    private final long attentionTokens;

    private RecomputeCost(long attentionTokens) {
        this.attentionTokens = attentionTokens;
    }

    /** Attention costs as much as the rest of the model at this place. */
    static RecomputeCost withAttention(long attentionTokens) {
        return new RecomputeCost(Require.atLeast("attentionTokens", attentionTokens, 1));
    }

    int bandCount() {
        return attentionTokens == 0 ? 1 : WEIGHTS.length;
    }

    int band(long place) {
        if (attentionTokens == 0) {
            return 0;
        }
        int band = 0;
        while (band < ENDS.length && place >= ENDS[band] * attentionTokens) {
            band++;
        }
        return band;
    }

    double weight(int band) {
        return attentionTokens == 0 ? 1 : WEIGHTS[band];
    }
}
