package dev.baton.sim.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the tables of legal steps out of {@code docs/models/states.pml}, the ones that the models run by. */
final class StateTable {
    static final Path FOLDER = Path.of("..", "docs", "models").toAbsolutePath().normalize();

    private static final Pattern MTYPE = Pattern.compile("mtype = \\{([^}]*)}");
    private static final Pattern ROW = Pattern.compile("\\(from == (\\w+)\\s*&& \\(((?:to == \\w+(?: \\|\\| )?)+)\\)\\)");
    private static final Pattern NEXT = Pattern.compile("to == (\\w+)");

    private StateTable() {}

    /** Every state that the models name, of both tables. */
    static Set<String> names() throws IOException {
        Set<String> names = new LinkedHashSet<>();
        Matcher lists = MTYPE.matcher(text());
        while (lists.find()) {
            for (String name : lists.group(1).split(",", -1)) {
                if (!names.add(name.strip())) {
                    throw new IllegalStateException("a state is named twice: name=" + name.strip());
                }
            }
        }
        return names;
    }

    /**
     * The steps of one table, by state; a state without a step is not in it.
     *
     * @param macro RECEIVER_MAY or SENDER_MAY
     */
    static Map<String, List<String>> steps(String macro) throws IOException {
        String text = text();
        int begin = text.indexOf("#define " + macro + "(from, to)");
        int end = text.indexOf("/* end of", begin);
        if (begin < 0 || end < 0) {
            throw new IllegalStateException("states.pml has no such table: macro=" + macro);
        }
        String table = text.substring(begin, end);
        Map<String, List<String>> steps = new LinkedHashMap<>();
        Matcher rows = ROW.matcher(table);
        while (rows.find()) {
            List<String> next = new ArrayList<>();
            Matcher states = NEXT.matcher(rows.group(2));
            while (states.find()) {
                next.add(states.group(1));
            }
            if (steps.put(rows.group(1), next) != null) {
                throw new IllegalStateException("a state has two rows: from=" + rows.group(1));
            }
        }
        if (table.split("from ==", -1).length - 1 != steps.size()) {
            throw new IllegalStateException("a row of the table is written in another way: macro=" + macro);
        }
        return steps;
    }

    private static String text() throws IOException {
        return Files.readString(FOLDER.resolve("states.pml"));
    }
}
