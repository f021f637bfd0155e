package dev.baton.sim.trace;

import java.util.random.RandomGenerator;

/**
 * A distribution given by its quantiles: the inverse of its cumulative function runs through them, straight in the
 * logarithm of the value between two neighbours, since lengths of prompts and answers are spread over decades.
 * Immutable.
 */
final class QuantileCurve {
    private final double[] shares;
    private final double[] logs;

    /** @param points pairs (share, value), both rising, from share 0 to share 1; values at least 1 */
    QuantileCurve(double... points) {
        shares = new double[points.length / 2];
        logs = new double[points.length / 2];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = points[2 * i];
            logs[i] = Math.log(points[2 * i + 1]);
        }
        if (shares[0] != 0 || shares[shares.length - 1] != 1) {
            throw new IllegalArgumentException("shares must run from 0 to 1: first=" + shares[0] + " last=" +
                shares[shares.length - 1]);
        }
    }

    /** One value, rounded to a whole number. */
    int draw(RandomGenerator random) {
        return valueAt(random.nextDouble());
    }

    /** The value that this share of all lie at or below. */
    int valueAt(double share) {
        int above = 1;
        while (above < shares.length - 1 && share > shares[above]) {
            above++;
        }
        int below = above - 1;
        double part = (share - shares[below]) / (shares[above] - shares[below]);
        return Math.toIntExact(Math.round(Math.exp(logs[below] + part * (logs[above] - logs[below]))));
    }
}
