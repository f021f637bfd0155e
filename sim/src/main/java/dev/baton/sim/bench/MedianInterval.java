package dev.baton.sim.bench;

import java.util.Arrays;

/**
 * The median of a few measurements and an interval that holds the true median with at least 95 % confidence, whatever
 * the distribution: two order statistics, by the sign test. Nothing is drawn at random. Immutable.
 * <pre>
 *   interval  [x(k), x(n + 1 - k)], x sorted, k counted from 1 and as large as the confidence allows
 *   coverage  1 - 2 * P(Binomial(n, 1/2) &lt;= k - 1); e.g. n = 11: k = 2, 0.988
 * </pre>
 * Fewer than six values cannot give 95 %: then the interval is all of them and the coverage says how little that is.
 * Source: W. J. Conover, Practical Nonparametric Statistics, section 3.2.
 *
 * @param low      lower end
 * @param high     upper end
 * @param coverage confidence that the true median lies within, 0 to 1
 * @param count    values
 */
public record MedianInterval(double median, double low, double high, double coverage, int count) {
    private static final double ERROR_MAX = 0.05;

    /**
     * Of these values, in any order; they are not changed.
     * @throws IllegalArgumentException if there are none
     */
    public static MedianInterval of(double... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("a median needs values: count=0");
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int count = sorted.length;
        double median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
        int rank = 1;
        double tail = Math.pow(0.5, count);
        double term = tail;
        for (int k = 1; k <= (count - 1) / 2; k++) {
            term *= (count - k + 1.0) / k;
            if (2 * (tail + term) > ERROR_MAX) {
                break;
            }
            tail += term;
            rank = k + 1;
        }
        return new MedianInterval(median, sorted[rank - 1], sorted[count - rank], Math.max(0, 1 - 2 * tail), count);
    }
}
