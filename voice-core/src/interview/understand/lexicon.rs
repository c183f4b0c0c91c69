//! What answers are made of in Arabic (Modern Standard, Najdi, Hijazi, Gulf) and in English, apart from values.

use std::sync::LazyLock;

use super::Command;
use crate::text::inverse::phrases::{Phrases, Row};

/// What a phrase says about a question that is answered by yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Polarity {
    Yes,
    No,
    /// Agrees, without a clear yes.
    Agreement,
    /// Yes or no, with doubt.
    LikelyYes,
    LikelyNo,
    /// States something, which is a yes if nothing else is said.
    Statement,
    /// Makes a no of what follows it.
    Negation,
    /// The user does not know.
    Unknown,
    /// Neither yes nor no.
    Between,
    /// A pious phrase, which alone avoids an answer.
    Pious,
    /// What follows explains the answer.
    Explanation,
}

static POLARITIES: &[Row<Polarity>] = &[
    (
        Polarity::Yes,
        "نعم|ايه|إي|ايوه|إي نعم|أيوا|اي والله|ايه والله|أجل|بلى|صح|صحيح|أكيد|طبعا|طبعاً|مؤكد|بالتأكيد|بالطبع|لا شك|\
         بدون شك|اه|آه|ايوالله|أيوالله|إيوه|ايوة|أيوة|ايي|أي|يب|معلوم|هيه|نعم نعم|هو كذلك|كذا|موجود|موجودة|اكيد نعم|\
         للأسف نعم|للأسف ايه|للاسف اي|حصل|صار|صارت|يس|ييس|مضبوط|بالضبط|بالظبط|تماما|تماماً",
        "yes|yeah|yep|yup|yea|ya|aye|yes please|yes i do|yes i am|yes i have|correct|right|that's right|that is right|\
         true|that's true|absolutely|definitely|certainly|of course|indeed|exactly|i do|i am|i have|i did|i can|it is|\
         it does|i was|i would|i will|they do|we do|affirmative|uh huh|mhm|mm hmm|for sure|sure do|you bet|no doubt|\
         without a doubt|most definitely|yes indeed|oh yes|unfortunately yes|he does|she does|he is|she is|he has|she has",
    ),
    (
        Polarity::No,
        "لا|لأ|لا والله|لا أبد|لا أبداً|أبد|أبداً|أبدا|كلا|ولا شي|ولا شيء|ولا شئ|لا شيء|لا شي|ولا مرة|ولا مره|ولا واحد|\
         ولا واحدة|ولا حاجة|ولا يوم|ولا عمري|عمري ما|عمري|إطلاقا|إطلاقاً|نهائيا|نهائياً|بتاتا|بتاتاً|مطلقا|مطلقاً|لا يوجد|\
         ما يوجد|لا توجد|ما عندي|ماعندي|معنديش|ما عنديش|ما في|مافي|ما فيه|مافيه|مفيش|ما فيش|ما فيني|مافيني|ما فيني شي|مافيني شي|ما عندي شي|ماعندي شي|ما فيه شي|ما في شي|ما فيه شيء|ليس لدي|لست|ما لي|مالي|ما له|\
         ما لها|غلط|خطأ|غير صحيح|مو صح|مو صحيح|مب صح|مهوب صحيح|مهوب صح|موب صح|مش صح|مش صحيح|ليس صحيحا|ليس صحيحاً|ما صار|ما حصل|ما قد|\
         ما قد صار|لا ما عندي|لا مو|مستحيل|حاشا|لا أعاني|ما أعاني|ما أشتكي|ما أحس|نو|معاذ الله|سلامتك|لا سلامتك|بالعكس|على العكس|\
         ولا زي كذا|من غير|بدون|ما عدت|مو موجود|مو موجودة|غير موجود|لا مانع لا|قط|ولا قط",
        "no|nope|nah|never|none|not at all|no way|nothing|not any|not anymore|not any more|no longer|no i don't|no i do not|\
         no i'm not|no i haven't|i don't|i do not|i don't have|i do not have|i haven't|i have not|i haven't any|i'm not|\
         i am not|i didn't|i did not|i can't|i cannot|i wasn't|i have no|i have none|i've no|i've never|i have never|i never|\
         it isn't|it is not|it's not|it doesn't|it does not|that's not right|that's wrong|that is wrong|wrong|incorrect|\
         false|not true|that's not true|not correct|that's incorrect|negative|absolutely not|definitely not|of course not|certainly not|\
         no thank you|no thanks|no never|neither|nay|not ever|not once|not currently|not right now|not now|not yet|\
         no not at all|don't have any|haven't had any|there is no|there's no|there isn't|there are no|he doesn't|\
         she doesn't|he isn't|she isn't|by no means|hell no|no sir|no ma'am|not that i know|not that i know of|not that i'm aware of|\
         none at all|i won't|i would not|i wouldn't|we don't|they don't|nothing at all|don't think i do|not me|can't say i do|i can't say i do|i can't say i have|cannot|without",
    ),
    (
        Polarity::Agreement,
        "طيب|تمام|أوكي|اوكي|اوك|اوكيه|أوكيه|ماشي|زين|حاضر|ابشر|أبشر|موافق|موافقة|ما عندي مانع|ما في مانع|مافي مانع|ما فيه مانع|لا مانع|لا مانع لدي|\
         ما عندي اعتراض|لا اعتراض|لا بأس|ليش لا|لم لا|حسنا|حسناً|بكل سرور|أوافق|تفضل|تفضلي|على راحتك|على خير|من عيوني|سم|يلا|على بركة الله|\
         عادي|يا ليت|ياليت",
        "ok|okay|fine|sure|alright|all right|agreed|i agree|why not|i don't mind|no objection|no objections|go ahead|sounds good|please do|\
         very well|i accept|i consent|that's fine|that is fine|by all means|gladly|happy to",
    ),
    (
        Polarity::LikelyYes,
        "أعتقد نعم|أظن نعم|أظن|أعتقد|أتوقع|أتوقع نعم|أتوقع ايه|أظن ايه|أظن اي|على ما أظن|على ما أعتقد|شوي|شوية|شويه|قليلا|قليلاً|نوعا ما|نوعاً ما|\
         إلى حد ما|بعض الشيء|شي بسيط|شيء بسيط|بسيط|بسيطة|خفيف|خفيفة|غالبا|غالباً|تقريبا|تقريباً|في الغالب|على الأغلب|كأنه ايه|أكثر شي|معظم الوقت|\
         أغلب الوقت|شوي نعم",
        "i think so|i believe so|i guess|i guess so|i suppose|i suppose so|probably|most likely|kind of|sort of|a little|a little bit|a bit|somewhat|\
         slightly|pretty much|more or less|i think|i believe|mostly|usually|i'd say so|i'd say yes|i would say so|just a little|i think i do|i reckon|likely",
    ),
    (
        Polarity::LikelyNo,
        "ما أظن|ما اضن|لا أظن|ما أعتقد|لا أعتقد|ما أتوقع|لا أتوقع|ما عندي مشكلة|مو كثير|مو مرة|مو مره|مو بعد|ليس بعد|لسا|لسه|لسى|للحين لا|مو الحين|مب الحين|مو دحين|\
         مو بالضبط|مو لهالدرجة|مو لهالدرجه|ما هو كثير|ليس كثيرا|ليس كثيراً|مو قوي|بالكاد|مو واجد|مب واجد|ما أحسب|ما أحسبه|مستبعد|ما أشوف|مو تماما|مو تماماً",
        "not really|i don't think so|i do not think so|i don't think i do|i don't believe so|i don't think|probably not|i doubt it|not much|not so much|\
         not exactly|not quite|hardly|barely|i guess not|i suppose not|i think not|not particularly|not especially|not likely|unlikely|i'm afraid not|\
         i wouldn't say so|not very|not to my knowledge|hardly ever|not as far as i know|don't think so|doubt it|i hope not|i'd say no|not many",
    ),
    (
        Polarity::Statement,
        "عندي|فيني|أعاني|أعاني من|أحس|أحس ب|أشتكي|أشتكي من|لدي|معي|فيه|في|يوجد|توجد|جاني|يجيني|تجيني|صار لي|صارلي|مصاب|مصابة|أنا|قد صار|سبق|سبق لي|آخذ|أخذت|أستخدم|أستعمل|أتناول|أتعاطى|أدخن|أشرب|سويت|عملت|أجريت|دخنت|أخاف|أتعالج|سوولي|سوّوا لي|طلع لي|طلع عندي|أنام|آكل",
        "i've|i've had|i have had|i feel|i get|i suffer|there is|there are|i take|i use|i smoke|i drink|i'm|we have|i had|i've got|i got",
    ),
    (
        Polarity::Negation,
        "ما|مو|مب|مهوب|مهب|ماهو|ماهوب|ماهي|ماهيب|موب|مش|ماني|مانيب|منيب|ليس|ليست|ليسوا|لم|لن|غير|ماكو|مانا|ماني ب",
        "not|don't|doesn't|didn't|isn't|aren't|wasn't|weren't|haven't|hasn't|hadn't|can't|won't|wouldn't|ain't|couldn't|dont",
    ),
    (
        Polarity::Unknown,
        "ما أدري|ماادري|مدري|مادري|ما ادري والله|والله ما أدري|والله مدري|لا أدري|لا أعرف|ما أعرف|مااعرف|ما أعلم|لا أعلم|الله أعلم|الله يعلم|علمي علمك|\
         ما عندي فكرة|ما عندي علم|ما عندي خبر|ليس لدي فكرة|ليس لدي علم|ما أذكر|ما أتذكر|لا أذكر|لا أتذكر|ناسي|ناسية|نسيت|مو متأكد|مو متأكدة|مب متأكد|مب متأكدة|\
         مهوب متأكد|موب متأكد|مش متأكد|مش متأكدة|غير متأكد|غير متأكدة|لست متأكدا|لست متأكداً|لست متأكدة|لست متأكد|ماني متأكد|ماني متأكدة|ماني بمتأكد|مو أكيد|\
         مب أكيد|مو عارف|مو عارفة|مش عارف|مش عارفة|ماني عارف|مانيب عارف|ماني داري|يمكن|يمكن ايه ويمكن لا|ربما|ممكن|محتمل|احتمال|جايز|يجوز|قد يكون|\
         لعل|وش دراني|ايش دراني|ما ني متأكد|ما عندي جواب|محتار|محتارة|صعب أقول|ما أقدر أحدد|ما أقدر أقول|لا أستطيع التحديد|ما جاء على بالي|ماني ذاكر|مو ذاكر|مو ذاكرة|مو واضح",
        "i don't know|i do not know|don't know|dunno|i dunno|not sure|i'm not sure|i am not sure|unsure|i'm unsure|no idea|i have no idea|i've no idea|\
         i don't remember|i do not remember|don't remember|i can't remember|can't remember|i don't recall|can't recall|i can't recall|i forgot|\
         i forget|maybe|perhaps|possibly|could be|might be|it might be|it could be|who knows|god knows|hard to say|hard to tell|difficult to say|i can't say|\
         i can't tell|i couldn't say|i couldn't tell you|i can't say for sure|maybe yes maybe no|yes and no|i don't know for sure|i'm not certain|not certain|uncertain|\
         no clue|i have no clue|i haven't a clue|beats me|your guess is as good as mine|i wouldn't know|not a clue|i may have|i might|i may|maybe not",
    ),
    (
        Polarity::Between,
        "أحيانا|أحياناً|بعض الأحيان|في بعض الأحيان|بعض المرات|مرات|ساعات|أوقات|بعض الأوقات|مرة ومرة|يوم ويوم|بين فترة وفترة|من وقت لوقت|من فترة لفترة|\
         بين وقت ووقت|نادرا|نادراً|قليل|على حسب|حسب|يعتمد|بين بين|نص نص|نص ونص|لا نعم ولا لا|مو دايم|مو دايما|مو دائما|مب دايم|مهوب دايم|ليس دائما|ليس دائماً|مش دايما|مو كل يوم|\
         مو كل مرة|أحايين|بعض الايام|بعض الأيام|كنت|كان عندي|كان فيني",
        "sometimes|occasionally|now and then|every now and then|once in a while|from time to time|at times|on and off|off and on|rarely|seldom|\
         it depends|depends|that depends|so so|in between|yes and no|not always|some days|every so often|used to|i used to|in the past|half and half|\
         to some extent|here and there",
    ),
    (
        Polarity::Pious,
        "إن شاء الله|ان شاء الله|انشاء الله|إنشاء الله|انشالله|إن شاءالله|الحمد لله|الحمدلله|الحمد الله|ولله الحمد|بخير|طيب الحمد لله|كل شي تمام|بإذن الله|باذن الله|\
         الله كريم|الله يستر|ما شاء الله|ماشاء الله|ماشاءالله|على الله|اللهم لك الحمد|كله تمام|كويس|بخير الحمد لله|كل خير|بصحة وعافية",
        "god willing|thank god|hopefully|i hope so|i hope|inshallah|insha'allah|in sha allah|alhamdulillah|hamdulillah|i'm fine|i am fine|i'm okay|i'm good|mashallah|so to speak|\
         thanks for asking|i'm doing well|doing well|all good",
    ),
    (
        Polarity::Explanation,
        "بس|لكن|ولكن|لأن|لأنه|لأني|عشان|علشان|بسبب|إلا|الا|غير إنه|مع إن|رغم|عشاني|حيث|قبل كان",
        "but|because|since|although|though|except|however|cause|cuz|unless|so",
    ),
];

/// Makes the tables, which a child of `fork` could not.
pub(crate) fn build_tables() {
    LazyLock::force(&POLARITY);
    LazyLock::force(&COMMANDS);
    LazyLock::force(&FILLERS);
    LazyLock::force(&COMMAND_FILLERS);
    LazyLock::force(&CORRECTIONS);
    LazyLock::force(&QUANTIFIERS);
}

pub(super) static POLARITY: LazyLock<Phrases<Polarity>> = LazyLock::new(|| Phrases::new(POLARITIES));

static COMMAND_ROWS: &[Row<Command>] = &[
    (
        Command::Repeat,
        "عيد|أعد|أعيدي|عيدي|عيدها|عيديها|أعدها|كرر|كرري|كررها|كرريها|وش قلت|وش قلتي|ايش قلت|ايش قلتي|إيش قلت|شنو قلت|شو قلت|ايش تقول|وش تقول|ماذا قلت|ايش|وش|إيش|\
         وشو|وش هو|ايش هو|مرة ثانية|مرة أخرى|مره ثانيه|مرة تانية|كمان مرة|ثاني مرة|ما سمعت|ما سمعتك|ماسمعت|ماسمعتك|ما سمعت زين|لم أسمع|لم أسمعك|ما سمعتك زين|ما سمعت السؤال|وش السؤال|ايش السؤال|\
         ما هو السؤال|ما السؤال|إيش كان السؤال|وش كان السؤال|عيد السؤال|أعد السؤال|أعيدي السؤال|كرر السؤال|كرري السؤال|عيد من جديد|قول ثاني|قلها ثاني|من جديد|ماذا|اقرأ مرة ثانية|تعيد|تعيدي|تعيدين|تعيدها|تعيد السؤال|تعيدي السؤال|تعيدين السؤال|تكرر|تكرري|\
         تكررين|تكرر السؤال|تكررين السؤال|إعادة|إعادة السؤال|الصوت مو واضح|ما انتبهت|عفوا ما سمعت|اسمعني السؤال مرة ثانية|سمعني مرة ثانية|هاه|ها",
        "repeat|repeat that|repeat it|repeat the question|repeat please|say again|say that again|say it again|can you say that again|again|once more|\
         one more time|come again|what|what did you say|what was that|what's that|pardon|pardon me|i beg your pardon|excuse me|sorry what|sorry|sorry i missed that|i missed that|\
         i didn't hear|i didn't hear you|i didn't hear that|i didn't catch that|i didn't get that|didn't catch that|didn't hear that|i couldn't hear you|can't hear you|i can't hear you|\
         what was the question|what is the question|what's the question|read it again|read that again|ask again|ask me again|run that by me again|huh|eh|repeat the options",
    ),
    (
        Command::Back,
        "رجوع|ارجع|ارجعي|رجع|رجعي|رجعني|رجعيني|ارجع ورا|ارجع وراء|رجع ورا|ورا|للخلف|إلى الخلف|السابق|السؤال السابق|السؤال اللي قبل|السؤال اللي قبله|السؤال الي قبل|\
         السؤال الماضي|السؤال الأول اللي قبل|اللي قبل|اللي قبله|الي قبله|اللي راح|السؤال اللي راح|ارجع للسؤال السابق|ارجع للسؤال اللي قبل|ارجع للي قبل|ارجع للي قبله|رجعني للسؤال اللي قبل|العودة|عودة|عد|عد للخلف|\
         أغير جوابي|أغير إجابتي|أعدل جوابي|أعدل إجابتي|أبغى أغير جوابي|غير جوابي|أصحح جوابي|أعدل الجواب|أغير الجواب|تعديل الجواب السابق|أصلح جوابي|غلطت في السؤال اللي قبل|أرجع|أرجع للسؤال السابق|نرجع",
        "back|go back|back up|previous|previous question|the previous question|the question before|last question|the last question again|go back one|\
         go to the previous question|one back|return|change my answer|change my last answer|change my previous answer|correct my answer|undo|go backwards|step back|the one before|back one question|take me back|move back|correct my last answer",
    ),
    (
        Command::Skip,
        "تخطى|تخطي|تخطاه|تخطيه|تخطاها|أتخطى|نتخطى|تخطى السؤال|تخطي السؤال|تجاوز|تجاوزه|تجاوزي|تجاوز السؤال|التالي|السؤال التالي|السؤال اللي بعده|السؤال اللي بعد|اللي بعده|اللي بعد|\
         الي بعده|بعده|عديه|عديها|عدي السؤال|عد السؤال|عدها|فوت|فوته|فوتها|فوت السؤال|غيره|غير السؤال|غيروا السؤال|ما أبغى أجاوب|ما أبي أجاوب|ما ابغى اجاوب|ما ودي أجاوب|مابي أجاوب|لا أريد الإجابة|لا أريد أن أجيب|لا أرغب في الإجابة|\
         أفضل عدم الإجابة|أفضل ما أجاوب|أفضل إني ما أجاوب|بدون إجابة|بدون جواب|اتركه|اترك السؤال|خله|خليه|خلي السؤال|خل السؤال هذا|سؤال ثاني|السؤال الثاني لو سمحت|انتقل|انتقل للسؤال التالي|انتقلي|روح للي بعده|روح للسؤال اللي بعده|طوفه|طوف|سكيب|نكست|مرر",
        "skip|skip it|skip that|skip this|skip this one|skip that one|skip the question|skip this question|skip question|next|next one|next question|the next one|\
         the next question|pass|i pass|i'll pass|move on|let's move on|go on to the next|go to the next question|go to the next one|i'd rather not say|i'd rather not answer|i would rather not say|rather not say|prefer not to say|\
         i prefer not to say|i prefer not to answer|prefer not to answer|i don't want to answer|i don't want to answer that|i do not want to answer|i don't want to say|\
         no comment|leave it|leave it out|leave it blank|leave that out|not going to answer|i won't answer|i won't answer that|i'd prefer not to say|i'd prefer not to answer|decline to answer|i decline to answer",
    ),
    (
        Command::Slower,
        "أبطأ|ابطا|ببطء|ببطئ|بشويش|شوي شوي|شوية شوية|على مهلك|على هونك|بالراحة|براحة|براحتك|تكلم ببطء|تكلمي ببطء|تكلم شوي شوي|تكلمي شوي شوي|تحدث ببطء|تحدثي ببطء|\
         سريع مرة|سريعة مرة|مرة سريع|سريع|أنت سريع|لا تسرع|لا تستعجل|لا تسرعين|هدي السرعة|خفف السرعة|بطيء|أبطئ|خفف|لا تستعجلين|بهدوء|واحدة واحدة|وحدة وحدة|هدي شوي|هدي",
        "slower|slow|slow down|slowly|more slowly|speak slower|speak slowly|speak more slowly|too fast|speaking too fast|talking too fast|going too fast|that's too fast|that was too fast|\
         you're too fast|you are too fast|you speak too fast|you're going too fast|not so fast|say it slowly|a little slower|a bit slower|talk slower|talk more slowly|can you slow down|go slower|you're talking too fast",
    ),
    (
        Command::Wait,
        "لحظة|لحظه|لحظات|لحظة شوي|لحظة وحدة|لحظة من فضلك|استنى|استني|استنا|استناني|استنيني|أصبر|اصبر|اصبري|اصبر شوي|صبر|صبرا|انتظر|انتظري|انتظرني|انتظر شوي|ثانية|ثواني|ثانية وحدة|دقيقة|دقيقة بس|\
         دقيقه|شوي|هنيهة|عطني دقيقة|عطيني دقيقة|اعطني دقيقة|عطني لحظة|عطني ثانية|أعطني لحظة|عطني وقت|أمهلني|مهلا|على شوي|خلني أفكر|خليني أفكر|دعني أفكر|خلني أشوف|خليني أشوف|بشوف|أشوف|أجيب الجهاز|بجيب الجهاز|انتظرني شوي|استناني شوي|استنى شوي|استنى شوية|استنا شوي|استنا شويه|جاي|ارقب|تريث|توقف لحظة|توقف قليلا|وقف شوي|وقف شوية|وقف لحظة|خلك معي",
        "wait|wait a minute|wait a moment|wait a second|wait a bit|hold on|hold|hold on a second|hold on a minute|hold on a moment|hang on|hang on a second|hang on a minute|one moment|one moment please|one second|one sec|\
         one minute|just a moment|just a second|just a sec|just a minute|a moment|a moment please|a second|give me a minute|give me a second|give me a moment|give me a sec|let me think|let me check|let me see|\
         let me get it|let me look|pause|not ready|i'm not ready|not yet ready|i need a minute|i need a moment|bear with me|wait please|stand by|let me measure|let me think about it|i'm thinking",
    ),
    (
        Command::Resume,
        "جاهز|جاهزة|خلاص جاهز|خلاص جاهزة|أنا جاهز|أنا جاهزة|كمل|كملي|نكمل|استمر|استمري|تابع|تابعي|واصل|واصلي|رجعت|يلا نكمل|يلا كمل|خلنا نكمل|خلينا نكمل|أكمل|تقدر تكمل|تقدرين تكملين|مستعد|مستعدة|أنا معك|معك|نبدأ|يلا نبدأ|خلاص رجعت|رجعت لك|نواصل|جاهزين|خلصت|خلصت القياس|قست",
        "ready|i'm ready|i am ready|i'm back|i am back|continue|resume|go on|carry on|proceed|keep going|let's continue|let's go on|ok ready|all set|okay ready|let's go|\
         you can continue|we can continue|back now|i'm done measuring|please continue|please go on|let's start|start|begin",
    ),
    (
        Command::Done,
        "خلاص|بس|بس كذا|هذا كل شي|هذا كل شيء|هذا كل اللي عندي|كذا خلاص|بس خلاص|خلاص بس|انتهيت|بس هذا|هذا بس|بس هذي|لا شيء آخر|ما في غيرها|مافي غيرها|ما في غيره|مافي غيره|لا غيرها|ما عندي غيرها|ما عندي غيره|هذا هو|وبس|فقط|بس هذول|هذول بس|ما في شي ثاني|ما فيه شي ثاني|مافي شي ثاني|غير كذا لا|لا خلاص|لا بس كذا|خلصنا",
        "that's all|that is all|that's it|that is it|done|i'm done|i am done|nothing else|no more|finished|i'm finished|that's everything|all done|no others|that would be all|that will be all|nothing more|just that|just those|only that",
    ),
    (
        Command::Stop,
        "وقف|وقفي|أوقف|أوقفي|توقف|توقفي|قف|انهي|إنهاء|انه|أنهي|أنهي المقابلة|أنهي المكالمة|انهي المقابلة|انهي المكالمة|إنهاء المكالمة|خلاص وقف|وقف خلاص|كفاية|كفايه|يكفي|خلاص كفاية|بس كفاية|بس يكفي|خلاص يكفي|\
         ما أبغى أكمل|ما أبي أكمل|ما ابغى اكمل|مابي أكمل|ما ودي أكمل|ما أقدر أكمل|لا أريد الاستمرار|لا أريد أن أكمل|لا أريد المتابعة|لا أرغب في الاستمرار|لا أرغب في المتابعة|ما أريد أكمل|إلغاء|الغ|الغي|ألغ المكالمة|الغي المقابلة|مع السلامة|سكر|سكر الخط|سكري|اقفل|اقفل الخط|\
         قفل|أبغى أوقف|أبي أوقف|أريد التوقف|أريد أن أتوقف|خلني أوقف|ابغى اوقف|ابي اوقف|ستوب|أبغى أنهي|أبي أنهي|نوقف|نوقف هنا|نوقف الحين|خلنا نوقف|اطلع|خروج|تعبت ما أبغى أكمل",
        "stop|stop it|stop now|stop here|stop please|stop the interview|stop this|stop asking|quit|exit|end|end it|end call|end the call|end the interview|end this|hang up|i want to stop|\
         i want to quit|i'd like to stop|i don't want to continue|i do not want to continue|i don't want to go on|i want to end this|let's stop|let's stop here|cancel|cancel it|abort|goodbye|bye|bye bye|\
         that's enough|enough|i've had enough|i'm not continuing|terminate|no more questions|stop talking|i can't continue|i need to stop|can we stop|finish the interview",
    ),
    (
        Command::Human,
        "موظف|موظفة|موظف حقيقي|أكلم موظف|أكلم الموظف|أكلم موظفة|أكلم أحد|أكلم احد|أكلم إنسان|أكلم شخص|أكلم شخص حقيقي|أكلم بني آدم|أكلم دكتور|أكلم الدكتور|أكلم دكتورة|أكلم الدكتورة|أكلم طبيب|أكلم الطبيب|أكلم طبيبة|أكلم ممرض|أكلم ممرضة|أكلم الممرضة|أكلم مسؤول|أكلم واحد|\
         أتكلم مع موظف|أتكلم مع أحد|أتكلم مع إنسان|أتكلم مع دكتور|أتكلم مع الدكتور|أتكلم مع شخص|أتحدث مع موظف|أتحدث مع شخص|أتحدث إلى شخص|أتحدث إلى موظف|أتحدث مع إنسان|أتحدث مع طبيب|التحدث مع موظف|التحدث إلى موظف|التحدث مع شخص|التحدث إلى شخص|التحدث مع طبيب|التحدث إلى طبيب|\
         إنسان|انسان|شخص حقيقي|بني آدم|خدمة العملاء|حولني|حوليني|حولني على موظف|حولني لموظف|حولني على دكتور|حولني للدكتور|حولوني|حولوني على موظف|عامل السنترال|السنترال|وصلني بموظف|وصلني بالموظف|كلموني|يكلمني أحد|أحد يكلمني|أحد يساعدني|موظف خدمة العملاء|الاستقبال|أكلم الاستقبال",
        "human|a human|a human please|a real human|person|a person|a real person|a live person|real person|live person|operator|the operator|agent|an agent|live agent|representative|a representative|\
         talk to someone|talk to a person|talk to a human|talk to a real person|talk to a doctor|talk to the doctor|talk to a nurse|talk to an operator|talk to an agent|talk to a representative|talk to somebody|\
         speak to someone|speak to a person|speak to a human|speak to a real person|speak to a doctor|speak to the doctor|speak to a nurse|speak to an operator|speak to an agent|speak to a representative|speak with a doctor|speak with a nurse|speak to somebody|\
         speak with someone|speak with a person|speak with a human|talk with someone|talk with a human|transfer me|connect me|connect me to a human|connect me to an operator|connect me with someone|transfer me to a human|transfer me to an agent|transfer me to an operator|customer service|\
         somebody real|someone real|receptionist|reception|staff member|a staff member|human being|a human being|put me through to someone",
    ),
    (
        Command::Help,
        "مساعدة|مساعده|المساعدة|ساعدني|ساعديني|وش أقول|ايش أقول|إيش أقول|ماذا أقول|كيف أجاوب|كيف أجيب|كيف أرد|وش الخيارات|ايش الخيارات|ما هي الخيارات|ما الخيارات|الخيارات|ما فهمت|مافهمت|ما فهمت السؤال|لم أفهم|لم أفهم السؤال|لا أفهم|ما فهمت عليك|ما أفهم|\
         وش يعني|وش تقصد|وش تقصدين|ايش يعني|ايش تقصد|ايش تقصدي|يعني وش|يعني ايش|ماذا تعني|ماذا تقصد|اشرح|اشرحي|اشرح لي|وضح|وضحي|وش المقصود|ما المقصود|ايش المقصود|مو فاهم|مو فاهمة|مب فاهم|مش فاهم|مش فاهمة|ماني فاهم|مانيب فاهم|كيف يعني|أعطني الخيارات|مثل ايش|زي ايش|مثل وش|زي وش|مو فاهم السؤال",
        "help|help me|i need help|what can i say|what should i say|what do i say|what are my options|what are the options|options|the options|how do i answer|how should i answer|i don't understand|\
         i do not understand|i don't understand the question|i didn't understand|what do you mean|what does that mean|what does it mean|explain|explain that|explain please|can you explain|please explain|i'm confused|i don't get it|like what|such as|what are the choices|i don't follow",
    ),
];

pub(super) static COMMANDS: LazyLock<Phrases<Command>> = LazyLock::new(|| Phrases::new(COMMAND_ROWS));

/// Words that mean nothing by themselves in an answer.
static FILLER_ROWS: &[Row<()>] = &[(
    (),
    "والله|والله العظيم|يعني|من زمان|طيب|امم|اممم|مم|آآ|آ|اا|إم|أم|هم|همم|اوه|يا دكتور|يا دكتورة|دكتور|دكتورة|يا أخي|ياخي|أخوي|يا أختي|أختي|حبيبي|لو سمحت|لو سمحتي|لو سمحتوا|لو تكرمت|لو تكرمتي|\
     من فضلك|من فضلكم|فضلا|فضلاً|رجاء|رجاءً|أرجوك|الله يخليك|الله يخليكم|الله يعافيك|الله يرضى عليك|الله يسلمك|الله يوفقك|شكرا|شكراً|مشكور|مشكورة|جزاك الله خير|يعطيك العافية|الله يجزاك خير|الحين|دحين|هالحين|الآن|اليوم هذا|هو|هي|هذا|هذي|\
     ذا|ذي|هذه|أنا|انا|أنت|انت|انتي|لي|لك|بصراحة|بصراحه|صراحة|في الحقيقة|الحقيقة|في الواقع|حسب علمي|على ما أذكر|تقريبا|تقريباً|حوالي|قرابة|يا ريت|يمديك|كان|يكون|تكون|السؤال|بالله|تكفى|تكفين|تكفون|أخي|عزيزي|عزيزتي|بسم الله|سلام عليكم|السلام عليكم|\
     وعليكم السلام|هلا|هلا والله|أهلا|أهلاً|مرحبا|خلاص|أوكي|اوكي|اوك|تمام|زين|الجواب|جوابي|إجابتي|الإجابة|اختار|أختار|أقول|بقول|نقول|اكتب|اكتبي|سجل|سجلي|حط|حطي|خلها|خليها|يساوي|عمري|وزني|طولي|رقمي|رقم|حرارتي|ضغطي|سكري|سكر|عددهم|عددها|عدد",
    "um|uh|er|erm|hmm|hm|mm|ah|oh|well|so|like|you know|i mean to say|please|thanks|thank you|thank you very much|okay|ok|alright|right now|now|actually|honestly|basically|the|a|an|it|it's|its|is|\
     that|that's|this|my|me|i|i'd|would|say|i'd say|i would say|i'll say|i'll go with|go with|choose|i choose|i'll choose|pick|i pick|i'll pick|i'll take|take|let's say|put|put down|write|answer|my answer is|the answer is|doctor|nurse|sir|ma'am|madam|miss|dear|\
     hello|hi|hey|good morning|good evening|good afternoon|just|only|about|around|approximately|roughly|exactly|probably|i think|i believe|i guess|maybe|be|at|of|was|were|been|am|are|got|have|had|it was|on|in|to|there|really|very|quite|something like|or so|i'm|im|years old|year old|years of age|my number is|and",
)];

pub(super) static FILLERS: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(FILLER_ROWS));

/// Words around a command.
static COMMAND_FILLER_ROWS: &[Row<()>] = &[(
    (),
    "ممكن|حقيقي|حقيقية|تقدر|تقدري|تقدرين|تستطيع|هل|أبغى|أبغا|ابغي|أبي|ابي|أريد|ودي|بدي|أحتاج|محتاج|محتاجة|أود|أن|إني|اني|أنك|إنك|شوي|شوية|شويه|قليلا|بسرعة|معليش|معليه|عفوا|عفواً|آسف|اسف|آسفة|أسفة|المعذرة|السؤال|هذا السؤال|السؤال هذا|الكلام|كلامك|الخيارات|علي|عليي|تكلم|تكلمي|\
     بعد|إذا ممكن|اذا ممكن|لا|نعم|ايه|إي|طيب|خلنا|خلينا|خلني|خليني|يلا|ثاني|كلامك|الأسئلة|وقفنا|مرة|مره|بعد إذنك|يا|الله|بس|أقدر|قبل|الأول|أولا|حاليا|كل شي|المقابلة|المكالمة|الاستبيان|الأسئلة",
    "you're|you are|you're speaking|can|could|can you|could you|would you|will you|can i|could i|may i|i want|i want to|i'd like|i'd like to|i would like|i would like to|i need|i need to|let's|let me|let us|you|want|do|for me|yes|no|sorry|i'm sorry|excuse me|the question|this question|that question|\
     question|a bit|a little|a little bit|one|again|everything|to|with|for|all|more|if you can|if possible|up|kindly|just|first|here|right|wanna|i wanna|gonna|then",
)];

pub(super) static COMMAND_FILLERS: LazyLock<Phrases<()>> =
    LazyLock::new(|| Phrases::new(COMMAND_FILLER_ROWS));

/// Words that take back what was said before them.
static CORRECTION_ROWS: &[Row<()>] = &[(
    (),
    "لا|لأ|لا لا|لا لا لا|قصدي|أقصد|اقصد|لا قصدي|لا أقصد|أعني|عفوا|عفواً|لا عفوا|آسف|اسف|آسفة|أسفة|بل|لا بل|معليش|لا معليش|غلطت|غلط|لا غلط|خطأ|لا خطأ|المعذرة|أستغفر الله|استغفر الله|لا والله|لا لحظة|لحظة|تصحيح|أصحح|صححها|لا لا قصدي|لا لا أقصد|يوه|أوه|خلها|خليها|بدلها|بالأحرى|لا خليها|لا خلها",
    "no|no no|no no no|i mean|i meant|no i mean|no i meant|sorry|no sorry|sorry i mean|sorry i meant|i'm sorry|my mistake|my bad|correction|no wait|wait|wait no|wait sorry|oops|scratch that|rather|or rather|actually|no actually|make that|make it|\
     excuse me|pardon|pardon me|let me correct that|i take that back|not that|that's wrong|wrong|instead|hold on|i misspoke|strike that|change that to|no make it|no make that",
)];

pub(super) static CORRECTIONS: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(CORRECTION_ROWS));

/// How many of the options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantifier {
    All,
    Both,
    None,
}

static QUANTIFIER_ROWS: &[Row<Quantifier>] = &[
    (
        Quantifier::All,
        "كلهم|كلها|كلهن|كله|الكل|كل شي|كل شيء|جميعها|جميعهم|جميع الخيارات|كل الخيارات|كل ما سبق|جميع ما سبق|كل اللي قلت|كل اللي ذكرت|الجميع|كل هذا|كل هذي",
        "all|all of them|all of those|all of these|all of the above|everything|every one|every one of them|each of them|the lot|all the above|all options",
    ),
    (
        Quantifier::Both,
        "كلاهما|كليهما|كلتاهما|الاثنين|الثنتين|الثنين|الاثنين كلهم|الثنين كلهم|الاثنتين|الاثنين سوا|الاثنين معا|الثنتين كلهم|كلا الخيارين|هذا وهذا|ذا وذا",
        "both|both of them|both of those|both of these|the two|the two of them|the pair",
    ),
    (
        Quantifier::None,
        "ولا واحد|ولا واحدة|ولا وحدة|ولا واحد منهم|ولا واحدة منها|ولا وحدة منهم|ولا شي|ولا شيء|ولا شئ|لا شيء|لا شي|ولا حاجة|لا شيء مما سبق|لا شيء منها|ولا شي منهم|ولا شي من هذا|ما في شي|ما فيه شي|مافي شي|ولا خيار|ولا شي من اللي قلت|لا يوجد|ما عندي شي|ما عندي ولا شي|ولا أحد منهم",
        "none|none of them|none of those|none of these|none of the above|neither|neither of them|neither one|nothing|not any of them|no one|none of it|not one of them|nothing of those",
    ),
];

pub(super) static QUANTIFIERS: LazyLock<Phrases<Quantifier>> =
    LazyLock::new(|| Phrases::new(QUANTIFIER_ROWS));
