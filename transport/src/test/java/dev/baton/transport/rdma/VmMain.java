package dev.baton.transport.rdma;

import java.lang.reflect.Method;
import java.util.Arrays;

/**
 * Runs the main of the class that its first word names, with the other words. The one main class of a jar whose manifest
 * opens what Baton needs of the JDK: flags that do so would cost every JVM its archive of modules, and that a second.
 */
final class VmMain {
    private VmMain() {}

    public static void main(String[] words) throws ReflectiveOperationException {
        Method main = Class.forName(words[0]).getDeclaredMethod("main", String[].class);
        main.setAccessible(true);
        main.invoke(null, (Object) Arrays.copyOfRange(words, 1, words.length));
    }
}
