package dev.baton.platform;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** What somebody may have meant who typed a name that is not known. Any thread. */
public final class NearNames {
    private static final int NAMES_MAX = 5;
    private static final int LENGTH_MAX = 128;
    private static final double STRANGENESS_MAX = 0.6;

    private NearNames() {
    }

    /**
     * Up to five of the known names, the nearest first; empty where none is alike.
     *
     * @param wanted as typed; of a long name the first 128 characters count
     */
    static List<String> of(String wanted, Collection<String> known) {
        String start = wanted.substring(0, Math.min(wanted.length(), LENGTH_MAX));
        return known.stream()
            .filter(name -> strangeness(start, name) <= STRANGENESS_MAX)
            .sorted(Comparator.comparingDouble(name -> strangeness(start, name)))
            .limit(NAMES_MAX).toList();
    }

    /**
     * For the end of an error: "near: a, b", or "known: " and all that may be said.
     *
     * @param known all names that are understood, aliases too
     * @param shown those to list where none is alike
     */
    public static String hint(String wanted, Collection<String> known, Collection<String> shown) {
        List<String> near = of(wanted, known);
        return near.isEmpty() ? "known: " + String.join(", ", shown) : "near: " + String.join(", ", near);
    }

    /** Share of the longer name that is edited, 0 to 1: a name of two letters is not near to everything. */
    private static double strangeness(String wanted, String name) {
        return (double) edits(wanted, name) / Math.max(1, Math.max(wanted.length(), name.length()));
    }

    /** Edits that turn one name into the other (Levenshtein), letters of either case alike. */
    private static int edits(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                boolean isSame = Character.toLowerCase(a.charAt(i - 1)) == Character.toLowerCase(b.charAt(j - 1));
                int replaced = diagonal + (isSame ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
