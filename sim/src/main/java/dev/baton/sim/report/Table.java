package dev.baton.sim.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Rows under headers, aligned for a person: numbers to the right, words to the left, two spaces between. Units belong
 * in the headers. A column is numeric when all its cells are numbers, or stand for a missing one ({@code -}).
 */
public final class Table {
    private static final String GAP = "  ";

    private final List<String> headers;
    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... headers) {
        this.headers = List.of(headers);
    }

    /**
     * Adds one row; whole numbers get thousands separators, others three digits that matter, {@code null} is {@code -}.
     *
     * @throws IllegalArgumentException if it has more or fewer cells than there are headers
     */
    public Table row(Object... cells) {
        if (cells.length != headers.size()) {
            throw new IllegalArgumentException("cells must match headers: cells=" + cells.length + " headers="
                + headers);
        }
        List<String> row = new ArrayList<>(cells.length);
        for (Object cell : cells) {
            row.add(text(cell));
        }
        rows.add(row);
        return this;
    }

    /** The table, each line ended, without trailing spaces. */
    @Override
    public String toString() {
        int[] widths = new int[headers.size()];
        boolean[] isNumeric = new boolean[headers.size()];
        StringBuilder underline = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            widths[column] = width(column);
            isNumeric[column] = isNumeric(column);
            underline.append(column == 0 ? "" : GAP).repeat("-", widths[column]);
        }
        StringBuilder text = new StringBuilder();
        append(text, headers, widths, isNumeric);
        text.append(underline).append('\n');
        for (List<String> row : rows) {
            append(text, row, widths, isNumeric);
        }
        return text.toString();
    }

    private int width(int column) {
        int width = headers.get(column).length();
        for (List<String> row : rows) {
            width = Math.max(width, row.get(column).length());
        }
        return width;
    }

    private boolean isNumeric(int column) {
        for (List<String> row : rows) {
            if (!row.get(column).matches("-|[-+]?[0-9][0-9,]*(\\.[0-9]+)?%?")) {
                return false;
            }
        }
        return !rows.isEmpty();
    }

    private static void append(StringBuilder text, List<String> cells, int[] widths, boolean[] isNumeric) {
        int lineStart = text.length();
        for (int column = 0; column < widths.length; column++) {
            String cell = cells.get(column);
            int padding = widths[column] - cell.length();
            text.append(column == 0 ? "" : GAP);
            if (isNumeric[column]) {
                text.repeat(' ', padding).append(cell);
            } else {
                text.append(cell).repeat(' ', padding);
            }
        }
        int end = text.length();
        while (end > lineStart && text.charAt(end - 1) == ' ') {
            end--;
        }
        text.setLength(end);
        text.append('\n');
    }

    private static String text(Object cell) {
        return switch (cell) {
            case null -> "-";
            case Long whole -> Human.count(whole);
            case Integer whole -> Human.count(whole);
            case Double number -> Human.significant(number);
            case Float number -> Human.significant(number);
            default -> cell.toString();
        };
    }
}
