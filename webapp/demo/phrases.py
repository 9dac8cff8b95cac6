"""What is written in much the same words whatever the plan is about. Texts only.

`{navn}` is the person's first name.
"""

ASSESSMENTS = (
    "{navn} har langvarig behov for hjelp fra flere tjenester, og de må samordnes.",
    "Flere tjenester er inne uten felles mål. Plan og koordinator vil gi {navn} bedre oversikt.",
    "Behovet er varig og gjelder både hverdag og helse. Rett til plan er vurdert som oppfylt.",
    "Familien bruker mye tid på å samordne selv. Det skal en koordinator gjøre.",
)
PURPOSES = (
    "Tjenestene skal kunne planlegge sammen med {navn}, slik at tiltakene henger sammen.",
    "Slik at {navn} slipper å fortelle det samme flere steder, og alle arbeider mot samme mål.",
    "Å lage og følge opp en felles plan med {navn}.",
)
NOT_SHARED = (
    "Journalnotater fra samtaler.",
    "Forhold som gjelder andre i familien.",
    "Opplysninger om tidligere skoler.",
    None,
)
APPOINTMENTS = (
    "{navn} ønsker dette selv, og de kjenner hverandre godt.",
    "Kjenner familien fra før og har tid til å følge tett i starten.",
    "Har oversikt over tjenestene og er lett å få tak i for {navn}.",
)
BENEFITS = (
    "Hjelper litt, men er ikke knyttet til det andre gjør.",
    "Fungerer bra og bør fortsette.",
    "Har gitt ro, men er for lite alene.",
)
RECOGNISED = (
    "Ja, dette stemmer godt.",
    "Det meste stemmer. Fritida er viktigere enn det ser ut her.",
    "Ja, og jeg er glad for at noen skrev ned det jeg er god til.",
)
SUPPORT = "Følger opp hjemme og er med på møter."
AGREEMENTS = (
    ("Lage felles kontaktliste", 7),
    ("Sende invitasjon til neste møte", 14),
    ("Avklare oppstart for tiltakene med hver tjeneste", 21),
)
LATER_MEASURES = (
    (
        "Fast ukentlig melding om det som skjer neste uke",
        "Hver fredag",
        "Kort melding til {navn} og familien, slik at ingenting kommer brått.",
    ),
    (
        "Én fast vikar når kontaktpersonen er borte",
        "Ved fravær",
        "Vikaren møter {navn} før det trengs.",
    ),
    (
        "Felles gjennomgang av uka",
        "Hver mandag, 20 minutter",
        "{navn} velger hva de skal begynne med.",
    ),
)
NOT_STARTED = (
    "Avtale om oppstart er gjort.",
    "Venter på ledig time, starter i neste uke.",
)
SLOW = (
    "Vi har kommet i gang, men {navn} har ikke hatt utbytte av det ennå.",
    "Flere avlysninger denne perioden. Vi prøver et annet tidspunkt.",
    "Tiltaket går tregere enn planlagt. Bør drøftes i evalueringen.",
    "Vi har møttes to ganger. Det tar tid å bli kjent.",
    "{navn} har vært mye borte. Vi ringer i stedet for å vente.",
)
STEADY = (
    "Går som avtalt. {navn} møter stort sett.",
    "Stabilt. Vi øker litt hver måned.",
    "God dialog med {navn}. Noen hull rundt ferier.",
    "Fungerer best når {navn} får beskjed dagen før.",
    "Vi har byttet tidspunkt etter ønske fra {navn}, og det hjalp.",
)
GOOD = (
    "Går veldig bra. {navn} tar mer ansvar selv.",
    "Bedre enn ventet. Vi trapper ned oppfølgingen.",
    "{navn} er kommet langt og viser vei for andre.",
    "Det vi øvde på sist, sitter nå.",
    "{navn} sier selv fra når noe må endres.",
)
NEEDED = (
    "Si gjerne fra i god tid når møtet flyttes.",
    "Vi trenger ny kontakt i skolen etter ferien.",
    None,
    "Kan koordinator ta opp transport i neste møte?",
)
INPUT = (
    "Fortsett som nå.",
    "Vi foreslår færre møter og flere korte avsjekker.",
    None,
    "Målet bør deles i to mindre steg.",
)
TOPICS = {
    "helse": {"helse", "bup", "fastlege", "avlastning"},
    "familie": {"barnevern"},
    "okonomi_bolig": {"nav", "bolig"},
}
"""What is shared when one of these services is asked."""
ATTAINMENT = ((2, "-2"), (4, "-1"), (6, "0"), (8, "1"), (99, "2"))
"""(up to this score, what a service says on its own scale)"""
DECISIONS = (
    ("Si fra til {navn} først når noe endres, og skrive ned hva som er avtalt", "koordinator", 21),
    ("Finne et fast tidspunkt for samtalene som passer {navn}", "tjeneste", 28),
    ("Velge én ting å prøve i fritida fram til neste møte", "person", 35),
    ("Ta kontakt med dem som ikke svarte, og høre hvorfor", "koordinator", 14),
    ("Lage en oversikt over uka sammen med {navn}", "tjeneste", 21),
    ("Skrive ned tre ting som hjelper på en dårlig dag", "person", 28),
)
"""What meetings agree on: what, by whom, and within how many days."""
KEPT = (
    "Gjort, og det fungerer.",
    "Vi tok det sammen på onsdag.",
    None,
    "Gjort. {navn} fikk det skriftlig.",
)
NOT_KEPT = "Vi fant ikke tid som passet. Tar det opp i neste møte."
REASONS = (
    "{navn} vil fortsette, og tiltakene trekker i samme retning.",
    "Det går framover, men hjelpen trengs fortsatt.",
    "Noe virker og noe må justeres underveis, uten at planen må skrives om.",
)
REVISION = "Målene er de samme, men tiltakene må henge bedre sammen i hverdagen."
FOLLOW_UPS = (
    "Snakket på telefon. {navn} har det greit og vil ha en ny prat om noen uker.",
    "Møttes på kafé. Gikk gjennom brev og frister. Ingen andre tjenester er kontaktet.",
    "Kort samtale. {navn} spurte om hva samtykke betyr, og tenker på det.",
    "Gikk tur sammen. {navn} ordner det meste selv, men setter pris på å bli ringt.",
)
AFTER_WITHDRAWAL = (
    "{navn} vil fortsette hos tjenesten uten at de andre får vite noe. De andre har fått beskjed "
    "om å ikke dele mer."
)
REACHED = "{navn} har nådd de viktigste målene og klarer seg med hjelp fra én tjeneste om gangen."
MOVED = "{navn} har flyttet til en annen kommune. Planen er gjennomgått, og {navn} har fått kopi."
HANDED_OVER = "{navn} vil ha beskjed på forhånd og liker korte møter. Kveldsmelding fungerer best."
LEAVING = "Slutter i stillingen. Den nye kjenner tjenestene og har møtt {navn} før."
NO_NEED = "{navn} får god hjelp av skolen alene. Vi har snakket sammen om hva som skal til senere."

FAMILY_APPOINTMENTS = (
    "Familien ønsker dette selv. Hun eller han har tid til å følge hele familien tett i starten.",
    "Kjenner tjenestene rundt familien, og har plass til én familie til.",
)
FAMILY_PURPOSE = (
    "Tjenestene skal kunne planlegge sammen med hele familien, og ingen skal be om noe som trekker "
    "i en annen retning."
)
CHILD_HEARD = "Barnet er hørt i en kort samtale og hadde ikke mer å si nå."
MAPPED = "Familien har mye å bygge på, og trenger at hjelpen henger sammen."
AREA_DONE = "Målet er nådd, og familien vil ikke ha noe nytt her nå."
MAY_DECIDE = "Tiltak og omfang innenfor tjenesten."
NOBODY_OUTSIDE = "Ingen utenfor kommunen nå."
ONE_ORDER = "Ett krav om gangen. Resten venter til det første er på plass."
WAITS = "Venter, som avtalt."
FAMILY_GOES_WELL = (
    "Går bra. Familien gjør mer selv.",
    "Bedre enn ventet. Vi trapper ned litt.",
    "Det som ble avtalt i møtet, sitter nå.",
)
FAMILY_STEADY = (
    "I gang som avtalt.",
    "Litt ujevnt, men familien sier fra når det ikke passer.",
    "Vi har byttet tidspunkt, og det hjalp.",
)
FAMILY_DECISIONS = (
    ("Sende alle samme oversikt over avtaler fram til neste møte", "koordinator", 14),
    ("Holde av en fast tid familien kan ringe", "tjeneste", 21),
    ("Velge hva familien vil begynne med neste gang", "person", 28),
)
GOES_ON = "Det går framover, og familien vil fortsette."
FAMILY_HEARD = "I en samtale hjemme, med hver enkelt først og så alle sammen."
INSTEAD = "En fast koordinator tar kontakt igjen om noen uker."
CALL_THE_UNIT = "Koordinerende enhet, når som helst."
CONTRIBUTES = "Vi blir med fra neste uke og kommer hjem til familien."
