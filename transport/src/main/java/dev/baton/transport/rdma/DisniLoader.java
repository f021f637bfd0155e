package dev.baton.transport.rdma;

import dev.baton.platform.VerbsLibrary;
import dev.baton.transport.rdma.verbs.Verbs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Loads DiSNI and the classes over it, and gives DiSNI our own library: its {@code System.loadLibrary("disni")} asks the
 * loader of the class that calls it, so no flag and no folder of libraries is needed. A library belongs to one loader, so
 * a process makes one of these.
 */
final class DisniLoader extends ClassLoader {
    private static final String OURS = "dev.baton.transport.rdma.disni.";
    private static final String THEIRS = "com.ibm.disni.";

    private final Path library;

    private DisniLoader(Path library) {
        super("disni", DisniLoader.class.getClassLoader());
        this.library = library;
    }

    /**
     * Loads the library and opens the verbs of this machine's devices.
     *
     * @throws IOException if the library, what it stands on, or a device is missing; the message says which
     */
    static Verbs load() throws IOException {
        // DiSNI logs through SLF4J, which would tell on standard error that nobody listens.
        if (System.getProperty("slf4j.internal.verbosity") == null) {
            System.setProperty("slf4j.internal.verbosity", "ERROR");
        }
        Path library = VerbsLibrary.extract();
        try {
            return Class.forName(OURS + "DisniVerbs", true, new DisniLoader(library)).asSubclass(Verbs.class)
                .getConstructor(Path.class).newInstance(library);
        } catch (ReflectiveOperationException | LinkageError ex) {
            Throwable cause = ex.getCause() == null ? ex : ex.getCause();
            throw new IOException("verbs cannot be loaded: cause=" + cause, ex);
        } finally {
            // Loaded means mapped, and then the file is not needed.
            Files.deleteIfExists(library);
        }
    }

    @Override
    protected String findLibrary(String name) {
        return name.equals("disni") ? library.toString() : null;
    }

    @Override
    protected Class<?> loadClass(String name, boolean isResolved) throws ClassNotFoundException {
        if (!name.startsWith(OURS) && !name.startsWith(THEIRS)) {
            return super.loadClass(name, isResolved);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            return loaded == null ? define(name) : loaded;
        }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
        try (InputStream file = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (file == null) {
                throw new ClassNotFoundException(name);
            }
            byte[] bytes = file.readAllBytes();
            return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException ex) {
            throw new ClassNotFoundException(name, ex);
        }
    }
}
