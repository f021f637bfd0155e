package dev.baton.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.baton.platform.Posix;
import dev.baton.platform.Require;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A few pieces of memory that are read from one place of a file, or written to it, by one system call ({@code preadv},
 * {@code pwritev}). Fill it, move it, clear it. One thread at a time. Addresses
 * are not checked. Needs {@link Posix#availability()}.
 */
public final class FileVector {
    private static final int PIECE_BYTES = 16;
    private static final long ERRNO_OFFSET =
        Linker.Option.captureStateLayout().byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private final MemorySegment state = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());
    private final MemorySegment pieces;
    private final int piecesMax;
    private int first;
    private int count;
    private long lengthBytes;

    /** @param piecesMax 1 to 1,024, which is the kernel's own limit */
    public FileVector(int piecesMax) {
        this.piecesMax = Require.between("piecesMax", piecesMax, 1, 1024);
        pieces = Arena.ofAuto().allocate((long) piecesMax * PIECE_BYTES, Long.BYTES);
    }

    public FileVector clear() {
        first = 0;
        count = 0;
        lengthBytes = 0;
        return this;
    }

    /** Adds a piece behind the others; one of no bytes is left out. */
    public FileVector add(long address, long pieceBytes) {
        if (pieceBytes == 0) {
            return this;
        }
        Require.that(count < piecesMax, "count", count, "below " + piecesMax);
        pieces.set(JAVA_LONG, (long) count * PIECE_BYTES, address);
        pieces.set(JAVA_LONG, (long) count * PIECE_BYTES + Long.BYTES, pieceBytes);
        count++;
        lengthBytes += pieceBytes;
        return this;
    }

    /** Of all pieces that are still to be moved. */
    public long lengthBytes() {
        return lengthBytes;
    }

    /** Drops what lies behind the first {@code keptBytes}, so that only a part is moved. */
    public void cut(long keptBytes) {
        long dropped = lengthBytes - keptBytes;
        while (dropped > 0) {
            long last = pieceBytes(count - 1);
            long taken = Math.min(last, dropped);
            pieces.set(JAVA_LONG, (long) (count - 1) * PIECE_BYTES + Long.BYTES, last - taken);
            if (taken == last) {
                count--;
            }
            dropped -= taken;
            lengthBytes -= taken;
        }
    }

    /**
     * Fills the pieces from the file's bytes at {@code offset}; what was filled is dropped from the vector.
     * @return bytes read, fewer than asked only at the file's end; or {@code -errno}
     */
    public long read(int descriptor, long offset) {
        return moved(Calls.PREADV, descriptor, offset);
    }

    /**
     * Writes the pieces to the file at {@code offset}; what was written is dropped from the vector.
     * @return bytes written, fewer than asked only where the kernel takes no more; or {@code -errno}
     */
    public long write(int descriptor, long offset) {
        return moved(Calls.PWRITEV, descriptor, offset);
    }

    /** Fills the pieces from there instead of a file, as far as it reaches: a device that is modelled. */
    public void scatter(MemorySegment from) {
        for (long done = 0; done < from.byteSize() && lengthBytes > 0; ) {
            MemorySegment piece = firstPiece(from.byteSize() - done);
            piece.copyFrom(from.asSlice(done, piece.byteSize()));
            done += piece.byteSize();
            drop(piece.byteSize());
        }
    }

    /** Copies the pieces to there instead of a file; it holds all of them. */
    public void gather(MemorySegment to) {
        for (long done = 0; lengthBytes > 0; ) {
            MemorySegment piece = firstPiece(lengthBytes);
            to.asSlice(done, piece.byteSize()).copyFrom(piece);
            done += piece.byteSize();
            drop(piece.byteSize());
        }
    }

    private MemorySegment firstPiece(long bytesMax) {
        return MemorySegment.ofAddress(pieces.get(JAVA_LONG, (long) first * PIECE_BYTES))
            .reinterpret(Math.min(bytesMax, pieceBytes(first)));
    }

    private long moved(MethodHandle call, int descriptor, long offset) {
        long done = 0;
        while (lengthBytes > 0) {
            long result = once(call, descriptor, offset + done);
            if (result == -Posix.EINTR) {
                continue;
            }
            if (result < 0) {
                return result;
            }
            if (result == 0) {
                break;
            }
            done += result;
            drop(result);
        }
        return done;
    }

    private long once(MethodHandle call, int descriptor, long offset) {
        try {
            long result = (long) call.invokeExact(
                state, descriptor, pieces.asSlice((long) first * PIECE_BYTES), count - first, offset);
            return result >= 0 ? result : -state.get(JAVA_INT, ERRNO_OFFSET);
        } catch (Throwable ex) {
            throw new AssertionError("system call failed to run at all: call=preadv or pwritev", ex);
        }
    }

    /** The kernel may move a part: the rest goes by the next call. */
    private void drop(long movedBytes) {
        long rest = movedBytes;
        lengthBytes -= movedBytes;
        while (rest > 0) {
            long at = (long) first * PIECE_BYTES;
            long taken = Math.min(rest, pieceBytes(first));
            pieces.set(JAVA_LONG, at, pieces.get(JAVA_LONG, at) + taken);
            pieces.set(JAVA_LONG, at + Long.BYTES, pieces.get(JAVA_LONG, at + Long.BYTES) - taken);
            if (pieceBytes(first) == 0) {
                first++;
            }
            rest -= taken;
        }
    }

    private long pieceBytes(int piece) {
        return pieces.get(JAVA_LONG, (long) piece * PIECE_BYTES + Long.BYTES);
    }

    private static final class Calls {
        private static final Linker LINKER = Linker.nativeLinker();
        private static final FunctionDescriptor SHAPE =
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG);
        static final MethodHandle PREADV = link("preadv");
        static final MethodHandle PWRITEV = link("pwritev");

        private static MethodHandle link(String name) {
            return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), SHAPE, Linker.Option.captureCallState("errno"));
        }
    }
}
