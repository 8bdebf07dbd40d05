"""What concepts are called in French and in German, written and checked by hand: name > French > German.

Two relations in which most concepts are an answer, so that the image model meets them in prompts that do not hold their
name. A dash: the word is, or holds, the English name of a concept (build_data.py checks).
"""

WORDS = """
dog>chien>hund|cat>chat>katze|mouse>souris>maus|rabbit>lapin>kaninchen|fox>renard>fuchs|bear>ours>bär
tiger>tigre>-|cow>vache>kuh|pig>cochon>schwein|frog>grenouille>frosch|monkey>singe>affe|chicken>poulet>huhn
penguin>manchot>pinguin|bird>oiseau>vogel|duck>canard>ente|eagle>aigle>adler|owl>hibou>eule|horse>cheval>pferd
unicorn>->einhorn|honeybee>abeille>biene|butterfly>papillon>schmetterling|snail>escargot>schnecke
ladybug>coccinelle>marienkäfer|spider>araignée>spinne|turtle>tortue>schildkröte
snake>->schlange|lizard>lézard>eidechse|octopus>poulpe>krake|squid>calmar>tintenfisch|shrimp>crevette>garnele
lobster>homard>hummer|crab>->krabbe|fish>poisson>fisch|dolphin>dauphin>delfin|whale>baleine>wal|shark>requin>hai
leopard>léopard>-|zebra>zèbre>-|gorilla>gorille>-|elephant>éléphant>elefant|camel>chameau>dromedar
giraffe>girafe>-|kangaroo>kangourou>känguru|buffalo>buffle>büffel|bull>taureau>stier|sheep>mouton>schaf
goat>chèvre>ziege|deer>cerf>hirsch|moose>élan>elch|donkey>âne>esel|rooster>coq>hahn|turkey>dinde>truthahn
peacock>paon>pfau|parrot>perroquet>papagei|swan>cygne>schwan|goose>oie>gans|flamingo>flamant>-|dove>colombe>taube
beaver>castor>biber|hedgehog>hérisson>igel|jellyfish>méduse>qualle|cactus>->kaktus|clover>trèfle>klee
mushroom>->pilz|tulip>->tulpe|sunflower>tournesol>sonnenblume|bouquet>->blumenstrauß
grapes>raisin>trauben|watermelon>pastèque>wassermelone|lemon>citron>zitrone|banana>banane>banane|pineapple>->ananas
apple>pomme>apfel|pear>poire>birne|peach>pêche>pfirsich|cherries>cerises>kirschen|strawberry>fraise>-
tomato>tomate>tomate|coconut>->kokosnuss|potato>patate>kartoffel|carrot>carotte>möhre|corn>maïs>mais
broccoli>brocoli>brokkoli|garlic>ail>knoblauch|onion>oignon>zwiebel|peanut>cacahuète>erdnuss|pretzel>bretzel>brezel
waffle>gaufre>waffel|cheese>fromage>käse|fries>frites>pommes|egg>œuf>ei|stew>ragoût>-
popcorn>->puffmais|ice cream>glace>speiseeis|donut>beignet>-|candy>bonbon>bonbon|milk>lait>milch
coffee>café>kaffee|wine>vin>wein|beer>bière>bier|globe>->erdkugel|compass>boussole>kompass|volcano>volcan>vulkan
house>maison>haus|castle>château>schloss|church>église>kirche|fountain>fontaine>springbrunnen
ferris wheel>grande roue>riesenrad|circus>chapiteau>zirkuszelt|locomotive>->lokomotive
ambulance>->krankenwagen|automobile>voiture>wagen|lorry>camion>laster|tractor>tracteur>traktor|motorcycle>moto>motorrad
bicycle>vélo>fahrrad|anchor>ancre>anker|sailboat>voilier>segelboot|airplane>avion>flugzeug
parachute>->fallschirm|helicopter>hélicoptère>hubschrauber|rocket>fusée>rakete|hourglass>sablier>sanduhr
wristwatch>montre>armbanduhr|alarm clock>réveil>wecker|sun>soleil>sonne|comet>comète>komet
rainbow>arc-en-ciel>regenbogen|lightning>éclair>blitz|snowflake>flocon>schneeflocke
snowman>bonhomme de neige>schneemann|fire>feu>feuer|wave>vague>welle|umbrella>parapluie>schirm
pumpkin>citrouille>kürbis|fireworks>feu d'artifice>feuerwerk|balloon>ballon>ballon|gift>cadeau>geschenk
trophy>trophée>pokal|medal>médaille>medaille|ice skate>patin>schlittschuh|fishing rod>canne à pêche>angelrute
dartboard>jeu de fléchettes>dartscheibe|kite>cerf-volant>drachen|crystal ball>boule de cristal>kristallkugel
magic wand>baguette magique>zauberstab|dice>dé>würfel|teddy bear>nounours>teddybär|dress>robe>kleid
needle>aiguille>nadel|high heel>talon haut>stöckelschuh|crown>couronne>krone|top hat>haut-de-forme>zylinder
helmet>casque>stahlhelm|diamond>diamant>diamant|bell>cloche>glocke|microphone>micro>mikrofon|radio>->rundfunk
accordion>accordéon>akkordeon|guitar>->gitarre|piano>->klavier|trumpet>trompette>trompete|violin>violon>geige
saxophone>saxo>saxofon|drum>tambour>trommel|flute>flûte>flöte|telephone>téléphone>telefon|battery>pile>batterie
laptop>ordinateur>rechner|printer>imprimante>drucker|abacus>boulier>rechenbrett|television>télé>fernseher
camera>appareil photo>fotoapparat|magnifying glass>loupe>lupe|candle>bougie>kerze|lightbulb>ampoule>glühbirne
book>livre>buch|envelope>enveloppe>umschlag|package>colis>paket|mailbox>boîte aux lettres>briefkasten
pencil>crayon>bleistift|paintbrush>pinceau>pinsel|scissors>ciseaux>schere|padlock>cadenas>vorhängeschloss
hammer>marteau>-|axe>hache>axt|pickaxe>pioche>spitzhacke|bow and arrow>arc et flèche>pfeil und bogen
shield>bouclier>schild|handsaw>scie>säge|wrench>clé à molette>schraubenschlüssel|screwdriver>tournevis>schraubenzieher
scales>balance>waage|magnet>aimant>-|test tube>éprouvette>reagenzglas|microscope>->mikroskop
telescope>télescope>fernrohr|syringe>seringue>spritze|stethoscope>stéthoscope>hörrohr|chair>chaise>stuhl
bathtub>baignoire>badewanne|razor>rasoir>rasierer|toothbrush>brosse à dents>zahnbürste|bucket>seau>eimer
broom>balai>besen|coffin>cercueil>sarg|shovel>pelle>schaufel|skull>crâne>schädel|ghost>fantôme>gespenst
heart>cœur>herz|brain>cerveau>gehirn|tooth>dent>zahn|mermaid>sirène>meerjungfrau|fairy>fée>fee
genie>génie>flaschengeist|astronaut>cosmonaute>raumfahrer|tornado>tornade>wirbelsturm
crescent>quartier de lune>mondsichel|wolf>loup>-|lion>->löwe|dragon>->drache|crocodile>->krokodil
scorpion>->skorpion|llama>lama>lama|cherry blossom>fleur de cerisier>kirschblüte|maple leaf>feuille d'érable>ahornblatt
christmas tree>sapin de noël>weihnachtsbaum|mango>mangue>-|champagne>->sekt|taxi>->droschke|skateboard>planche à roulettes>rollbrett
alien>->außerirdischer|santa claus>père noël>weihnachtsmann|fire engine>camion de pompiers>feuerwehrauto
racing car>bolide>rennwagen|flying saucer>soucoupe volante>fliegende untertasse|statue of liberty>->freiheitsstatue
mount fuji>mont fuji>-|birthday cake>gâteau d'anniversaire>geburtstagstorte|diamond ring>bague>ring
boxing glove>gant de boxe>boxhandschuh|billiard ball>boule de billard>billardkugel|pawn>pion>bauer
graduation cap>mortier>doktorhut|smartphone>portable>handy|clapperboard>clap>filmklappe
broken heart>cœur brisé>gebrochenes herz|x-ray>->röntgenbild|menorah>->siebenarmiger leuchter
steak>bifteck>-|sandwich>casse-croûte>stulle|dumpling>ravioli>knödel|dna>adn>erbgut|harp>->harfe
soccer>->fußball
ice hockey>hockey sur glace>eishockey|cricket bat>batte>schlagholz|badminton>jeu de volant>federball|lotus>nénuphar>-
dodo>dronte>dronte
"""


def facts(language: str) -> str:
    """In the notation of facts.py; language: french | german."""
    column = ("name", "french", "german").index(language)
    rows = [entry.strip().split(">") for entry in WORDS.strip().replace("\n", "|").split("|")]
    return "|".join(f"{row[column]}>{row[0]}" for row in rows if row[column] != "-")
