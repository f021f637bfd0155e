package dev.baton.transport.rdma.disni;

import com.ibm.disni.verbs.IbvContext;
import com.ibm.disni.verbs.RdmaCm;
import com.ibm.disni.verbs.impl.NatObject;
import dev.baton.platform.VerbsExtension;
import dev.baton.transport.rdma.verbs.ConnectionChannel;
import dev.baton.transport.rdma.verbs.Verbs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The verbs of this machine's devices. Each device has one protection domain, for all channels. */
public final class DisniVerbs implements Verbs {
    private final VerbsExtension extension;
    private final RdmaCm manager;
    private final Map<Long, DisniDevice> deviceByContext = new HashMap<>();

    /**
     * Loads DiSNI, which asks this class's loader for the library.
     *
     * @param library the same file, for what DiSNI has no native for
     * @throws IOException if DiSNI refuses the library
     */
    public DisniVerbs(Path library) throws IOException {
        manager = RdmaCm.open();
        extension = new VerbsExtension(library);
        if (extension.devices().isEmpty()) {
            throw new IOException("no RDMA device: ibv_get_device_list is empty");
        }
    }

    @Override
    public ConnectionChannel openChannel() throws IOException {
        return new DisniChannel(this, manager.createEventChannel());
    }

    @Override
    public String toString() {
        try {
            return "devices=" + extension.devices();
        } catch (IOException ex) {
            return "devices=unknown cause=" + ex.getMessage();
        }
    }

    VerbsExtension extension() {
        return extension;
    }

    /** The one device of this context; made at first sight. */
    synchronized DisniDevice device(IbvContext context) throws IOException {
        long handle = handleOf(context);
        DisniDevice device = deviceByContext.get(handle);
        if (device == null) {
            device = new DisniDevice(extension, context, handle);
            deviceByContext.put(handle, device);
        }
        return device;
    }

    /** The address of the C structure behind one of DiSNI's objects. */
    static long handleOf(Object object) {
        return ((NatObject) object).getObjId();
    }

    /** DiSNI gives -errno where it declares no exception. */
    static void check(String call, int result) throws IOException {
        if (result != 0) {
            throw new IOException(call + " failed: errno=" + -result);
        }
    }
}
