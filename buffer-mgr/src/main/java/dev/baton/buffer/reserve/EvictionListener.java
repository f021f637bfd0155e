package dev.baton.buffer.reserve;

/** Told which sealed extents are evicted, before their bytes may be written over: the index forgets their blocks. */
@FunctionalInterface
public interface EvictionListener {
    void onEvicted(int bank, long run);
}
