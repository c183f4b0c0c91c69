import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

import libvoice.Engine;
import libvoice.EngineOptionsBuilder;
import libvoice.ModelChoice;
import libvoice.SttEvent;
import libvoice.SttOptions;
import libvoice.SttOptionsBuilder;
import libvoice.SttSession;

/** Prints the transcript of a WAV file with the time of each word. */
public final class Transcribe {
    public static void main(String[] arguments) throws IOException, UnsupportedAudioFileException {
        var stored = AudioSystem.getAudioInputStream(new File(arguments[0]));
        var format = stored.getFormat();
        var pcm = new AudioFormat(format.getSampleRate(), 16, format.getChannels(), true, false);
        var options = new SttOptionsBuilder()
            .sampleRate((int) format.getSampleRate())
            .channels(format.getChannels())
            .words(true)
            .silence(Duration.ofMillis(600))
            .build();
        var models = List.of(new ModelChoice(arguments[1], "ar"));
        try (var audio = AudioSystem.getAudioInputStream(pcm, stored);
             var engine = new Engine(new EngineOptionsBuilder().stt(models).build());
             var session = engine.stt(options)) {
            transcribe(audio, session);
        }
    }

    private static void transcribe(AudioInputStream audio, SttSession session) throws IOException {
        var piece = new byte[audio.getFormat().getFrameSize() * 1600];
        int length;
        do {
            length = audio.read(piece);
            if (length > 0) {
                session.push(piece, length);
            } else {
                session.finish();
            }
            for (SttEvent event; (event = session.next()) != null; ) {
                if (event instanceof SttEvent.Final) {
                    for (var word : ((SttEvent.Final) event).getWords()) {
                        System.out.printf("%8.2f s  %s%n", word.getStart().toMillis() / 1e3, word.getText());
                    }
                }
            }
        } while (length > 0);
    }
}
