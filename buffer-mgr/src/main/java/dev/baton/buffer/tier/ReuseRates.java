package dev.baton.buffer.tier;

/**
 * What a cached block of each class and age is worth: the most hits per touch of the cache that keeping it can bring,
 * over all times that one might keep it (the Gittins index of its reuse). Learned from what was seen: a hazard for each
 * class and bucket of age, hits over exposure, so that blocks still waiting count as much as they have waited. A class
 * that was hardly seen has the hazard of all classes, and these at first one that falls with age, which is LRU.
 *
 * <p>Ages are in touches. Buckets of age are halves of {@code unit} up to {@code unit}, then two an octave. Source of
 * the index: Gittins, J. R. Stat. Soc. B 41, 1979. One owner.
 */
final class ReuseRates {
    private static final int PER_OCTAVE = 2;
    private static final double LOG_2 = Math.log(2);
    /** Before anything was seen, a block of age a is asked for again within the next a touches with this chance. */
    private static final double FIRST_GUESS = 0.3;
    /** Hits that the first guess counts as. */
    private static final double GUESS_WEIGHT = 4;
    /** Hits that the hazard of all classes counts as in one class. */
    private static final double CLASS_WEIGHT = 4;

    /** Units of age over which what was seen at the least age fades; the cache's blocks are so many units. */
    private static final double FADE_UNITS = 8;

    private final int classCount;
    private final int bucketCount;
    private final long unit;
    private final double[] widths;
    private final double[] hits;
    private final double[] exposures;
    private final double[] hazards;
    private final double[] stays;
    private final double[] values;

    ReuseRates(int classCount, long unit, int octaves) {
        this.classCount = classCount;
        this.unit = unit;
        bucketCount = PER_OCTAVE * (octaves + 1);
        widths = new double[bucketCount];
        for (int bucket = 0; bucket < bucketCount; bucket++) {
            widths[bucket] = beginning(bucket + 1) - beginning(bucket);
        }
        hits = new double[classCount * bucketCount];
        exposures = new double[classCount * bucketCount];
        hazards = new double[bucketCount];
        stays = new double[bucketCount];
        values = new double[classCount * bucketCount];
        conclude(0);
    }

    /** A block of this class was asked for again at this age. */
    void onReuse(int blockClass, long age) {
        hits[blockClass * bucketCount + bucket(age)]++;
    }

    /** A block of this class waited for so many touches, and now has this age. */
    void onExposure(int blockClass, long age, long touches) {
        exposures[blockClass * bucketCount + bucket(age)] += touches;
    }

    /**
     * Computes all values anew. What was seen so far counts less from now on: it fades by a factor of e over as many
     * touches as the cache has blocks, and the age at which it was seen. Late reuse is rare, and takes as long to be
     * learned as to happen.
     *
     * @param touches since the last time
     */
    void conclude(long touches) {
        for (int blockClass = 0; blockClass < classCount; blockClass++) {
            int base = blockClass * bucketCount;
            for (int bucket = 0; bucket < bucketCount; bucket++) {
                double hazard = (hits[base + bucket] + CLASS_WEIGHT) /
                    (exposures[base + bucket] + CLASS_WEIGHT / hazardOfAll(bucket));
                hazards[bucket] = hazard;
                stays[bucket] = Math.exp(-hazard * widths[bucket]);
            }
            for (int bucket = 0; bucket < bucketCount; bucket++) {
                values[base + bucket] = index(bucket);
            }
        }
        for (int bucket = 0; bucket < bucketCount; bucket++) {
            double memory = Math.exp(-touches / (FADE_UNITS * unit + beginning(bucket + 1)));
            for (int at = bucket; at < hits.length; at += bucketCount) {
                hits[at] *= memory;
                exposures[at] *= memory;
            }
        }
    }

    double value(int blockClass, long age) {
        return values[blockClass * bucketCount + bucket(age)];
    }

    /** Ages from here on are all one. */
    long ageMax() {
        return (long) beginning(bucketCount - 1);
    }

    long bookkeepingBytes() {
        return 128 + 8L * (3 * (long) hits.length + 3L * bucketCount);
    }

    private double hazardOfAll(int bucket) {
        double guess = FIRST_GUESS / (beginning(bucket) + widths[bucket] / 2 + unit);
        double allHits = GUESS_WEIGHT;
        double allExposures = GUESS_WEIGHT / guess;
        for (int at = bucket; at < hits.length; at += bucketCount) {
            allHits += hits[at];
            allExposures += exposures[at];
        }
        return allHits / allExposures;
    }

    /** Best ratio of the chance of a hit to the touches that it takes, over all buckets at which one may give up. */
    private double index(int from) {
        double alive = 1;
        double hit = 0;
        double touches = 0;
        double best = 0;
        for (int bucket = from; bucket < bucketCount; bucket++) {
            double chance = alive * (1 - stays[bucket]);
            hit += chance;
            touches += chance / hazards[bucket];
            alive *= stays[bucket];
            best = Math.max(best, hit / touches);
        }
        return best;
    }

    private double beginning(int bucket) {
        return bucket <= PER_OCTAVE ? (double) unit * bucket / PER_OCTAVE
            : unit * Math.pow(2, (bucket - PER_OCTAVE) / (double) PER_OCTAVE);
    }

    private int bucket(long age) {
        if (age < unit) {
            return (int) (age * PER_OCTAVE / unit);
        }
        double octave = Math.log((double) age / unit) / LOG_2;
        return Math.min(bucketCount - 1, PER_OCTAVE + (int) (octave * PER_OCTAVE));
    }
}
