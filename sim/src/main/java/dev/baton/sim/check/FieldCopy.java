package dev.baton.sim.check;

/**
 * Reads fields of one class into arrays and writes them back, without reflection: {@link FieldCopyMaker} makes a class
 * for each class that is walked, which may see its private fields. Public because that class lives in another package.
 */
public interface FieldCopy {
    /** Writes the numbers of that object from that place on; booleans are 0 or 1. */
    void readNumbers(Object from, long[] into, int at);

    /** Brings back those that are not final; a final field's place is skipped. */
    void writeNumbers(Object to, long[] from, int at);

    /** As {@link #readNumbers}, of what it refers to. */
    void readReferences(Object from, Object[] into, int at);

    /** As {@link #writeNumbers}, of what it refers to. */
    void writeReferences(Object to, Object[] from, int at);
}
