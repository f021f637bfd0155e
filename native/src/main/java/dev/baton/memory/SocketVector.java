package dev.baton.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.baton.platform.Availability;
import dev.baton.platform.Posix;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.nio.channels.SocketChannel;

/**
 * Sends or receives two pieces of memory by one system call: a frame's header and its bytes. A channel's own gathering
 * call allocates for each buffer that is a view of native memory; this one allocates nothing. The channel is closed by
 * the thread that uses this, so that its descriptor is never somebody else's meanwhile. Owned by that thread. Addresses
 * are not checked.
 */
public final class SocketVector {
    private static final MethodHandle SEND = link("baton_send");
    private static final MethodHandle RECEIVE = link("baton_receive");
    private static final MethodHandle DESCRIPTOR = descriptorOrNull();

    private final int descriptor;

    private SocketVector(int descriptor) {
        this.descriptor = descriptor;
    }

    /** Over a channel that is open; null where {@link #availability()} is absent. */
    public static SocketVector overOrNull(SocketChannel channel) {
        if (SEND == null || DESCRIPTOR == null) {
            return null;
        }
        try {
            return new SocketVector((int) DESCRIPTOR.invoke(channel));
        } catch (Throwable ex) {
            throw new AssertionError("the channel has no descriptor: channel=" + channel, ex);
        }
    }

    /** Whether this process can do it; where not, two calls of the channel do the same. */
    public static Availability availability() {
        return SEND == null ? NativeLibrary.availability()
            : DESCRIPTOR == null ? new Availability.Absent("a channel's descriptor cannot be read",
                "run with --add-opens=java.base/sun.nio.ch=ALL-UNNAMED, as jvm.options has it")
            : new Availability.Present("one system call for a header and its bytes");
    }

    /**
     * Sends what the socket takes of both pieces, in order, without waiting; the second length may be 0.
     *
     * @return bytes taken; 0 when it is full now
     * @throws IOException if the connection is broken
     */
    public int send(long address, int lengthBytes, long nextAddress, int nextLengthBytes) throws IOException {
        try {
            return checked((long) SEND.invokeExact(descriptor, address, (long) lengthBytes, nextAddress,
                (long) nextLengthBytes));
        } catch (IOException | Error ex) {
            throw ex;
        } catch (Throwable ex) {
            throw new AssertionError("a call into the C library failed to run at all: call=baton_send", ex);
        }
    }

    /**
     * Receives into both pieces, in order, without waiting: the first is full before the second has a byte. The first
     * length is at least 1, the second may be 0.
     *
     * @return bytes received; 0 when there are none now; -1 at the end of the stream
     * @throws IOException if the connection is broken
     */
    public int receive(long address, int lengthBytes, long nextAddress, int nextLengthBytes) throws IOException {
        try {
            long result = (long) RECEIVE.invokeExact(descriptor, address, (long) lengthBytes, nextAddress,
                (long) nextLengthBytes);
            return result == 0 ? -1 : checked(result);
        } catch (IOException | Error ex) {
            throw ex;
        } catch (Throwable ex) {
            throw new AssertionError("a call into the C library failed to run at all: call=baton_receive", ex);
        }
    }

    private static int checked(long result) throws IOException {
        if (result == -Posix.EAGAIN || result == -Posix.EINTR) {
            return 0;
        }
        if (result < 0) {
            throw new IOException("connection broken: errno=" + -result);
        }
        return (int) result;
    }

    private static MethodHandle link(String symbol) {
        SymbolLookup lookup = NativeLibrary.lookupOrNull();
        return lookup == null ? null : Linker.nativeLinker().downcallHandle(lookup.findOrThrow(symbol),
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    }

    private static MethodHandle descriptorOrNull() {
        try {
            Method method = Class.forName("sun.nio.ch.SelChImpl").getMethod("getFDVal");
            method.setAccessible(true);
            return MethodHandles.lookup().unreflect(method);
        } catch (ReflectiveOperationException | RuntimeException ex) {
            // Another JDK, or one that was not opened: availability() says so, and lanes take two calls.
            return null;
        }
    }
}
