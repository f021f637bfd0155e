package dev.baton.sim.check;

/**
 * Reads fields of one class into arrays and writes them back, without reflection: {@link FieldCopyMaker} makes a class
 * for each class that is walked, which may see its private fields. Public because that class lives in another package.
 */
public abstract class FieldCopy {
    /** Of the made class alone. */
    protected FieldCopy() {}

    /** Writes its numbers, of which booleans are 0 or 1, and what it refers to from those places on. */
    public abstract void read(Object from, long[] numbers, int numberAt, Object[] references, int referenceAt);

    /** Brings back those that are not final; a final field's place is skipped. */
    public abstract void write(Object to, long[] numbers, int numberAt, Object[] references, int referenceAt);
}
