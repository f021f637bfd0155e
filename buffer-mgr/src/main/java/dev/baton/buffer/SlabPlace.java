package dev.baton.buffer;

/**
 * Where bytes of a pool lie for another process of the same host and user, which maps the slab's file.
 *
 * @param incarnation of the process whose pool it is; with {@code slabId} it names the file ({@code SlabPool.fileName})
 * @param slabBytes   length of the file
 * @param offset      of the bytes in it
 */
public record SlabPlace(long incarnation, int slabId, long slabBytes, long offset) {}
