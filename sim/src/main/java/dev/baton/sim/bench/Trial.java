package dev.baton.sim.bench;

/**
 * What one sample moves, and how. A message is one cell.
 *
 * @param sizeBytes of a message
 * @param window    messages on their way in each stream at most: begun, and not yet checked by the receiver
 * @param streams   lanes, each with a thread of its own at both ends and an equal share of the memory
 */
public record Trial(Way way, int sizeBytes, int window, int streams) {
    /** Messages that one stream's share of the memory holds. */
    int slots(long setBytes) {
        return (int) (setBytes / streams / sizeBytes);
    }

    /**
     * Refuses what cannot be measured rightly: cells that would be overwritten before they are checked.
     * @throws IllegalArgumentException naming the value
     */
    void requireFits(long setBytes) {
        int slots = slots(setBytes);
        if (slots < 2 || window > slots) {
            throw new IllegalArgumentException("the working set must hold each stream's window, and two messages:" +
                " sizeBytes=" + sizeBytes + " window=" + window + " streams=" + streams + " setBytes=" + setBytes +
                "; use a larger --set");
        }
    }
}
