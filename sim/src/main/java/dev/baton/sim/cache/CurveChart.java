package dev.baton.sim.cache;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Draws hit-rate curves as SVG: a panel a trace, capacity on a logarithmic axis, a line a policy. One thread. */
public final class CurveChart {
    private static final int PANEL_WIDTH = 460;
    private static final int PANEL_HEIGHT = 300;
    private static final int MARGIN = 60;
    private static final int LEGEND_WIDTH = 110;
    /** Colours that people who confuse red and green tell apart: Okabe and Ito, 2008. */
    private static final String[] COLOURS = {"#000000", "#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#d55e00", "#f0e442", "#0072b2"};

    private final XMLStreamWriter svg;

    private CurveChart(XMLStreamWriter svg) {
        this.svg = svg;
    }

    /** Writes the file anew. */
    public static void write(Path file, List<HitCurves> traces) throws IOException {
        try (Writer out = Files.newBufferedWriter(file)) {
            XMLStreamWriter svg = XMLOutputFactory.newFactory().createXMLStreamWriter(out);
            new CurveChart(svg).draw(traces);
            svg.close();
        } catch (XMLStreamException ex) {
            throw new IOException("cannot draw: file=" + file, ex);
        }
    }

    private void draw(List<HitCurves> traces) throws XMLStreamException {
        int width = LEGEND_WIDTH + traces.size() * (PANEL_WIDTH + MARGIN) + MARGIN;
        svg.writeStartDocument("UTF-8", "1.0");
        svg.writeStartElement("svg");
        svg.writeDefaultNamespace("http://www.w3.org/2000/svg");
        attributes("width", width, "height", PANEL_HEIGHT + 2 * MARGIN, "font-family", "sans-serif", "font-size", 12);
        svg.writeEmptyElement("rect");
        attributes("width", "100%", "height", "100%", "fill", "white");
        for (int panel = 0; panel < traces.size(); panel++) {
            draw(traces.get(panel), MARGIN + panel * (PANEL_WIDTH + MARGIN));
        }
        int row = 0;
        for (String policy : traces.getFirst().hits().keySet()) {
            int y = MARGIN + 20 * row;
            line(width - LEGEND_WIDTH, y - 4, width - LEGEND_WIDTH + 20, y - 4, COLOURS[row % COLOURS.length]);
            text(width - LEGEND_WIDTH + 26, y, "start", policy);
            row++;
        }
        svg.writeEndElement();
        svg.writeEndDocument();
    }

    private void draw(HitCurves curves, int left) throws XMLStreamException {
        double top = 0.1;
        for (List<CacheReplay.Hits> row : curves.hits().values()) {
            for (CacheReplay.Hits hits : row) {
                top = Math.max(top, Math.ceil(hits.whole() * 10) / 10);
            }
        }
        text(left, MARGIN - 14, "start", curves.trace().name() + ": share of prompt tokens hit, by tokens cached");
        for (int tenth = 0; tenth <= Math.round(top * 10); tenth++) {
            double y = y(tenth / 10.0, top);
            line(left, y, left + PANEL_WIDTH, y, "#dddddd");
            text(left - 6, y + 4, "end", "0." + tenth);
        }
        for (long capacity : curves.capacities()) {
            text(x(capacity, curves, left), MARGIN + PANEL_HEIGHT + 18, "middle", tokens(capacity));
        }
        int colour = 0;
        for (Map.Entry<String, List<CacheReplay.Hits>> entry : curves.hits().entrySet()) {
            StringBuilder points = new StringBuilder();
            for (int at = 0; at < curves.capacities().size(); at++) {
                points.append(number(x(curves.capacities().get(at), curves, left))).append(',')
                    .append(number(y(entry.getValue().get(at).whole(), top))).append(' ');
            }
            svg.writeStartElement("polyline");
            attributes("points", points.toString().strip(), "fill", "none", "stroke", COLOURS[colour % COLOURS.length],
                "stroke-width", 2);
            svg.writeStartElement("title");
            svg.writeCharacters(entry.getKey());
            svg.writeEndElement();
            svg.writeEndElement();
            colour++;
        }
    }

    private static double x(long capacity, HitCurves curves, int left) {
        double low = Math.log(curves.capacities().getFirst());
        double high = Math.log(curves.capacities().getLast());
        return high <= low ? left : left + PANEL_WIDTH * (Math.log((double) capacity) - low) / (high - low);
    }

    private static double y(double hits, double top) {
        return MARGIN + PANEL_HEIGHT * (1 - hits / top);
    }

    /** E.g. {@code 0.3M}. */
    static String tokens(long capacity) {
        return number(capacity / 1e6) + "M";
    }

    private void line(double fromX, double fromY, double toX, double toY, String colour) throws XMLStreamException {
        svg.writeEmptyElement("line");
        attributes("x1", number(fromX), "y1", number(fromY), "x2", number(toX), "y2", number(toY), "stroke", colour);
    }

    private void text(double x, double y, String anchor, String text) throws XMLStreamException {
        svg.writeStartElement("text");
        attributes("x", number(x), "y", number(y), "text-anchor", anchor);
        svg.writeCharacters(text);
        svg.writeEndElement();
    }

    private void attributes(Object... namesAndValues) throws XMLStreamException {
        for (int at = 0; at < namesAndValues.length; at += 2) {
            svg.writeAttribute(namesAndValues[at].toString(), namesAndValues[at + 1].toString());
        }
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : String.format(Locale.ROOT, "%.1f", value);
    }
}
