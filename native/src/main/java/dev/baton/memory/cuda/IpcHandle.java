package dev.baton.memory.cuda;

import dev.baton.platform.Require;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.HexFormat;
import jcuda.driver.CUipcMemHandle;

/**
 * The name of one allocation of device memory, for another process on this machine: 64 bytes, as CUDA's
 * {@code CUipcMemHandle} lays them out, so an engine's process can make or open it (in PyTorch, the handle of
 * {@code UntypedStorage._share_cuda_}). It names a whole allocation; an offset in it travels beside it. Immutable.
 */
public final class IpcHandle {
    public static final int LENGTH_BYTES = 64;

    private final byte[] bytes;

    private IpcHandle(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Takes the bytes that another process sent; a copy is made. */
    public static IpcHandle of(byte[] bytes) {
        Require.that(bytes.length == LENGTH_BYTES, "handle", bytes.length + " bytes", LENGTH_BYTES + " bytes long");
        return new IpcHandle(bytes.clone());
    }

    /** The inverse of {@link #toString()}: 128 hexadecimal digits. */
    public static IpcHandle parse(String hex) {
        Require.that(hex.matches("[0-9a-fA-F]{" + 2 * LENGTH_BYTES + "}"), "handle", "'" + hex + "'",
            2 * LENGTH_BYTES + " hexadecimal digits");
        return new IpcHandle(HexFormat.of().parseHex(hex));
    }

    /** A copy of the 64 bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    static IpcHandle of(CUipcMemHandle handle) {
        try {
            return new IpcHandle(((byte[]) reserved().get(handle)).clone());
        } catch (IllegalAccessException ex) {
            throw new AssertionError("the field was made accessible", ex);
        }
    }

    CUipcMemHandle toJCuda() {
        CUipcMemHandle handle = new CUipcMemHandle();
        try {
            reserved().set(handle, bytes.clone());
        } catch (IllegalAccessException ex) {
            throw new AssertionError("the field was made accessible", ex);
        }
        return handle;
    }

    /** JCuda's class has the bytes in a private field and no word for them. */
    private static Field reserved() {
        try {
            Field field = CUipcMemHandle.class.getDeclaredField("reserved");
            field.setAccessible(true);
            return field;
        } catch (NoSuchFieldException ex) {
            throw new LinkageError("this JCuda keeps its handles elsewhere: class=" + CUipcMemHandle.class, ex);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IpcHandle handle && Arrays.equals(bytes, handle.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
